package bus

import (
	"strconv"
	"strings"
	"time"

	"botd/engine"
)

// An EventID is the start of the run in milliseconds and the event's number in it,
// both to the base 36 and of fixed width, so that IDs of one run compare as
// strings. The widths last until the year 5188 and for 78 billion events.
const (
	startWidth = 9
	seqWidth   = 7
)

type idMaker struct {
	text [startWidth + seqWidth]byte // the ID made last
	seq  uint64
}

func newIDMaker(start time.Time) idMaker {
	var m idMaker
	for i := range m.text {
		m.text[i] = '0'
	}
	digits := strconv.FormatInt(start.UnixMilli(), 36)
	copy(m.text[startWidth-min(len(digits), startWidth):], digits)
	return m
}

// next counts up in the text itself: nearly always one digit changes.
func (m *idMaker) next() engine.EventID {
	m.seq++
	for i := len(m.text) - 1; i >= startWidth; i-- {
		switch m.text[i] {
		case '9':
			m.text[i] = 'a'
		case 'z':
			m.text[i] = '0'
			continue
		default:
			m.text[i]++
		}
		break
	}
	return engine.EventID(m.text[:])
}

// after tells how many IDs were made after id; ok is false if id is not of this run.
// It then counts all.
func (m *idMaker) after(id engine.EventID) (n int, ok bool) {
	digits, ok := strings.CutPrefix(string(id), string(m.text[:startWidth]))
	if !ok || len(digits) != seqWidth {
		return int(m.seq), false
	}
	seq, err := strconv.ParseUint(digits, 36, 64)
	if err != nil || seq > m.seq {
		return int(m.seq), false
	}
	return int(m.seq - seq), true
}
