package hitbox

import (
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"time"
)

// tally makes keys of the lines of a connection, which have no ids: a line is known by its second,
// its author and its text, and by how many like it were before. So the backlog of the next
// connection, or of the next start, tells nothing twice.
type tally struct {
	second  int64 // of live
	live    map[lineHash]int
	backlog map[lineHash]int
}

type lineHash uint64

// maxBacklog is far more than the six lines that a server keeps.
const maxBacklog = 1000

func newTally() tally { return tally{live: map[lineHash]int{}, backlog: map[lineHash]int{}} }

// key is that of a line; "" for one that cannot be told from others.
func (t *tally) key(at time.Time, backlog bool, parts ...string) string {
	if at.IsZero() || backlog && len(t.backlog) >= maxBacklog {
		return ""
	}
	line, n := hashLine(at.Unix(), parts), 0
	if backlog {
		t.backlog[line]++
		n = t.backlog[line]
	} else {
		if t.second != at.Unix() {
			t.second = at.Unix()
			clear(t.live)
		}
		t.live[line]++
		n = t.live[line] + t.backlog[line]
	}
	return fmt.Sprintf("%d %016x %d", at.Unix(), uint64(line), n)
}

func hashLine(second int64, parts []string) lineHash {
	h := fnv.New64a()
	h.Write(binary.BigEndian.AppendUint64(nil, uint64(second)))
	for _, p := range parts {
		h.Write(binary.BigEndian.AppendUint64(nil, uint64(len(p))))
		h.Write([]byte(p))
	}
	return lineHash(h.Sum64())
}
