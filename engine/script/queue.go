package script

// queue is a first-in first-out ring that grows by doubling and gives its memory
// back when it runs empty after a burst. The zero value is ready.
type queue[T any] struct {
	buf  []T
	head int
	n    int
}

const smallQueue = 16

func (q *queue[T]) len() int { return q.n }

func (q *queue[T]) push(v T) {
	if q.n == len(q.buf) {
		grown := make([]T, max(smallQueue, 2*len(q.buf)))
		for i := range q.n {
			grown[i] = q.buf[(q.head+i)%len(q.buf)]
		}
		q.buf, q.head = grown, 0
	}
	q.buf[(q.head+q.n)%len(q.buf)] = v
	q.n++
}

// pop takes the oldest; the queue must not be empty.
func (q *queue[T]) pop() T {
	var zero T
	v := q.buf[q.head]
	q.buf[q.head] = zero
	q.head = (q.head + 1) % len(q.buf)
	q.n--
	if q.n == 0 && len(q.buf) > 1024 {
		q.buf, q.head = nil, 0
	}
	return v
}

// at returns the i-th, counted from the oldest.
func (q *queue[T]) at(i int) T { return q.buf[(q.head+i)%len(q.buf)] }

// drain empties the queue and reports how many were in it.
func (q *queue[T]) drain() int {
	n := q.n
	*q = queue[T]{}
	return n
}
