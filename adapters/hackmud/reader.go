package hackmud

import (
	"cmp"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"hash/fnv"
	"maps"
	"slices"
	"strconv"
	"time"
)

const (
	window  millis = 600_000 // how far back, or on from after, an answer of chats.json reaches
	guard   millis = 5_000   // how near its end a request stays
	overlap millis = 10_000  // what is fetched again: for what the server shows late
	// blindOverlap is the overlap while the server's time is only guessed.
	blindOverlap millis = 60_000
	// memory is how much longer than the overlap a key is remembered.
	memory millis = 60_000
	// full is as many messages of one user as make an answer look cut.
	full = 500
	// ahead is how far the saved cursor may be ahead of the server before it is taken for
	// broken.
	ahead millis = 60_000
)

// key is what makes a message the same one when it is fetched again.
type key uint64

func (k key) String() string {
	return hex.EncodeToString(binary.BigEndian.AppendUint64(nil, uint64(k)))
}

// keyOf hashes all that two messages may differ in: the id alone is not unique, nor is
// the time. The user that received it is not part of it, so that a message of a channel
// with several own users in it is one.
func keyOf(m *message, recipient string) key {
	place := m.Channel
	if m.kind() == "tell" {
		place = "@" + recipient
	}
	return hash(m.kind(), m.ID, strconv.FormatInt(int64(m.T), 10), m.From, place, m.Msg)
}

func hash(parts ...string) key {
	h := fnv.New64a()
	for _, p := range parts {
		h.Write(strconv.AppendInt(nil, int64(len(p)), 10))
		h.Write([]byte{':'})
		h.Write([]byte(p))
	}
	return key(h.Sum64())
}

// received is a message that has not been seen before.
type received struct {
	message
	key       key
	receivers []string // own users that got it, in alphabetical order
	late      bool     // one with a later time was delivered before
	backlog   bool     // from before the session's first start
	odd       string   // the message as it came, if it cannot be read
}

// hole is a time of which messages may be missing.
type hole struct{ from, to millis }

// reader knows how far the messages of one session are read. It is the polling
// algorithm without the network: [reader.plan] says what to ask for, [reader.take] what
// is new in the answer.
type reader struct {
	clock
	cursor millis         // server time up to which everything has been fetched
	seen   map[key]millis // when each message was sent
	newest millis         // the latest time that was delivered
	from   millis         // what was sent before this is not delivered
	start  millis         // what was sent before this is backlog
	cut    bool           // the last answer looked cut
	saves  int            // of snapshots so far; those who save have it
}

func newReader(now time.Time) *reader { return &reader{clock: newClock(now), seen: map[key]millis{}} }

// begin sets the cursor for a first start: at now, or a time before.
func (r *reader) begin(now time.Time, backlog time.Duration) {
	r.start = r.earliest(r.local(now))
	r.from = r.start - millisOf(backlog)
	r.cursor = r.from
}

// resume takes a saved cursor over; false means that it cannot be right, and begin is due.
func (r *reader) resume(now time.Time, cursor millis) bool {
	if cursor <= 0 || cursor > r.latest(r.local(now))+ahead {
		return false
	}
	r.cursor, r.newest = cursor, cursor
	for _, t := range r.seen {
		r.newest = max(r.newest, t)
	}
	return true
}

func (r *reader) overlap() millis {
	if r.known {
		return overlap
	}
	return blindOverlap
}

// plan is from when on to ask at the local moment now, and the gap that cannot be
// closed any more. The cursor then stands behind the gap.
func (r *reader) plan(now time.Time) (after millis, gap *hole) {
	if r.known && r.cursor > r.latest(r.local(now))+guard { // the server's clock was set back
		r.cursor = r.earliest(r.local(now))
		r.from, r.start = 0, 0 // times of the old clock
	}
	after = r.cursor - r.overlap()
	if r.cut {
		after = r.cursor - 1 // else it might never get past them
	}
	oldest := r.latest(r.local(now)) - window + guard
	if after >= oldest {
		return after, nil
	}
	if r.cursor < oldest {
		gap = &hole{r.cursor, oldest}
		r.cursor = oldest
	}
	return oldest, gap
}

// age is how far behind the server's time the cursor is, at most.
func (r *reader) age(now time.Time) millis { return r.latest(r.local(now)) - r.cursor }

// take merges the arrays of an answer to a request for what is after a time, and
// returns what is new, oldest first.
func (r *reader) take(after millis, when timing, chats map[string][]json.RawMessage) []received {
	r.learn(when)
	fresh := map[key]*received{}
	limit := after + window
	var cut []millis
	for _, user := range slices.Sorted(maps.Keys(chats)) {
		last := r.array(fresh, user, chats[user], when)
		if len(chats[user]) >= full {
			cut = append(cut, last)
		}
	}
	r.resolveTells(fresh)
	r.cut = false
	if len(cut) > 0 {
		if last := slices.Min(cut); last > r.cursor {
			limit, r.cut = min(limit, last), true
		}
	}
	r.cursor = max(r.cursor, min(limit, r.earliest(r.local(when.sent))))
	return r.deliver(fresh)
}

// array adds one user's messages and returns the latest time among them.
func (r *reader) array(fresh map[key]*received, user string, list []json.RawMessage, when timing) (last millis) {
	for _, raw := range list {
		m, ok := decodeMessage(raw)
		it := &received{message: m}
		if ok {
			r.saw(m.T, when.got)
			it.key = keyOf(&m, recipient(&m, user))
			it.To = recipient(&m, user)
		} else {
			it.odd = string(raw)
			it.key = hash("odd", it.odd)
			it.T = r.earliest(r.local(when.sent))
		}
		last = max(last, m.T)
		if _, old := r.seen[it.key]; old {
			continue
		}
		if other := fresh[it.key]; other != nil {
			it = other
		}
		fresh[it.key] = it
		if !slices.Contains(it.receivers, user) {
			it.receivers = append(it.receivers, user)
		}
	}
	return last
}

// recipient is whom a tell is for, "" if nothing says so.
func recipient(m *message, user string) string {
	switch {
	case m.kind() != "tell" || m.To != "":
		return m.To
	case m.From != user:
		return user
	}
	return ""
}

// resolveTells drops the sender's copy of a tell between own users where the server
// does not name the recipient: it is the same one as the recipient's.
func (r *reader) resolveTells(fresh map[key]*received) {
	for k, it := range fresh {
		if it.odd != "" || it.kind() != "tell" || it.To != "" {
			continue
		}
		for _, other := range fresh {
			if other.odd == "" && other.kind() == "tell" && other.To != "" && other.ID == it.ID && other.T == it.T && other.From == it.From && other.Msg == it.Msg {
				other.receivers = append(other.receivers, it.receivers...)
				slices.Sort(other.receivers)
				delete(fresh, k)
				r.seen[k] = it.T
				break
			}
		}
	}
}

// deliver makes what is fresh seen.
func (r *reader) deliver(fresh map[key]*received) []received {
	out := make([]received, 0, len(fresh))
	for k, it := range fresh {
		r.seen[k] = it.T
		if it.T >= r.from {
			out = append(out, *it)
		}
	}
	slices.SortFunc(out, func(a, b received) int {
		return cmp.Or(cmp.Compare(a.T, b.T), cmp.Compare(a.ID, b.ID), cmp.Compare(a.key, b.key))
	})
	newest := r.newest
	for i := range out {
		out[i].late = out[i].T < newest
		out[i].backlog = out[i].T < r.start
		r.newest = max(r.newest, out[i].T)
	}
	old := r.cursor - r.overlap() - memory
	maps.DeleteFunc(r.seen, func(_ key, t millis) bool { return t < old })
	r.from = max(r.from, old) // a server that tells what it was not asked for tells it once
	return out
}
