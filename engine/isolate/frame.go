package isolate

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"slices"

	"botd/engine"
	"botd/engine/dispatch"
	"botd/engine/script"
)

// A frame on the wire is the length of its body (4 bytes, big endian), its kind (1 byte),
// a number that joins question and answer (8 bytes), and the body in JSON.
type frame struct {
	kind kind
	id   uint64
	body []byte // valid until the next read
}

const headerSize = 4 + 1 + 8

// Largest bodies, in bytes. What comes from a child is decoded, which can take many
// times its size.
const (
	maxFromChild  = script.MaxState
	maxFromDaemon = 64 << 20
)

type kind byte

// Frames of the daemon.
const (
	kindHello   kind = iota + 1 // hello: what the child is to be; always the first
	kindLoad                    // source; answered by kindLoaded
	kindServe                   // nothing: what was loaded takes over
	kindEvent                   // see encodeEvent; the number counts events
	kindAnswer                  // answer to a question
	kindReceipt                 // receipt of an action whose answer did not have it
	kindStored                  // the answer to kindStore
	kindFetched                 // the answer to kindFetch
	kindCalled                  // a call of a webhook; answered by kindReplied
	kindRun                     // due: a scheduled run
	kindPing                    // answered by kindPong
	kindUnload                  // answered by kindUnloaded
	kindHold                    // nothing is to run until kindGoOn or kindUnload; answered by kindHeld
	kindGoOn
	kindJob       // dueJob: a job is due
	kindKept      // keptAnswer: the answer to kindOnce and kindCancelJob
	kindAnswered  // an event that answers the question of that number
	kindContested // the answer to kindContest
	kindModerated // the answer to kindModerate
	kindEval      // evaluation; answered by kindEvaluated
	kindEvalEnd   // nobody waits for the answer to the kindEval of that number any more
	kindScreen    // an event and the number of a filter that decides about it; answered by kindRuled
	kindGiveUp    // nobody waits for the answer to the kindScreen of that number any more
)

// Frames of the child. Those from kindDo to kindLoadState are questions, and others that say so.
const (
	kindReady kind = iota + 64
	kindLoaded
	kindState
	kindFault
	kindLog
	kindPong
	kindUnloaded
	kindStore   // answered by kindStored
	kindFetch   // answered by kindFetched
	kindAbort   // nobody waits for the answer to the kindFetch of that number any more
	kindReplied // the answer to a kindCalled
	kindUnhook  // the webhook of that number ends
	kindRunEnd  // the number of a run that is over
	kindDo
	kindEmit
	kindCaps
	kindCommands
	kindRooms
	kindSessions
	kindUsers
	kindRecent
	kindModule
	kindHook     // a webhook
	kindBook     // whether there is a schedule for the script
	kindSchedule // an entry for it
	kindPlan     // how an entry stands
	kindAlter    // something is to be done with one
	kindBegin    // whether a run may begin
	kindLoadState
	kindHeld      // nothing of the script runs
	kindSaveState // the record of a state, as it is
	kindOnce      // a job; answered by kindKept
	kindCancelJob // the ID of one; likewise
	kindJobEnd
	kindDefine   // a question: jobs of a name are done here
	kindUndefine // a question
	kindJobs     // a question: those of the script
	kindQuestion // one for a user, with its number
	kindQuestionEnd
	kindCooldown // holds to take
	kindTrace    // what became of an event
	kindGiveRole // giveRole: answered by kindKept
	kindMetric   // something counted or measured
	kindContest  // answered by kindContested; kindAbort says that nobody waits any more
	kindDesk     // a question: whether the script may moderate
	kindRules    // a question: rules of moderation, with their number
	kindUnrule   // the rules of that number end
	kindModerate // answered by kindModerated
	kindEvaluated
	kindFilters // a question: whether the script may have filters
	kindRuled   // the answer to a kindScreen
	kindOffers  // a question: which commands there are
	kindBegun   // IDs of events of which something may be in the state that is saved next
)

// frameReader reads frames. One goroutine uses it.
type frameReader struct {
	r    *bufio.Reader
	max  int
	body []byte
}

func newFrameReader(r io.Reader, max int) *frameReader {
	return &frameReader{r: bufio.NewReaderSize(r, 32<<10), max: max}
}

// sizeError is a frame that is longer than allowed.
type sizeError struct{ size, max int }

func (e *sizeError) Error() string {
	return fmt.Sprintf("a frame of %d bytes, %d are allowed", e.size, e.max)
}

// keptBody is how large a buffer is kept between frames.
const keptBody = 64 << 10

// next reads a frame. The error is io.EOF if the other side has closed the pipe between
// two frames.
func (r *frameReader) next() (frame, error) {
	var h [headerSize]byte
	if _, err := io.ReadFull(r.r, h[:]); err != nil {
		return frame{}, err
	}
	size := int(binary.BigEndian.Uint32(h[:]))
	if size > r.max {
		return frame{}, &sizeError{size, r.max}
	}
	if cap(r.body) < size || cap(r.body) > keptBody {
		r.body = make([]byte, max(size, 512))
	}
	body := r.body[:size]
	if _, err := io.ReadFull(r.r, body); err != nil {
		return frame{}, io.ErrUnexpectedEOF
	}
	return frame{kind(h[4]), binary.BigEndian.Uint64(h[5:]), body}, nil
}

// appendFrame encodes a frame at the end of b. On an error b is returned as it was.
func appendFrame(b []byte, k kind, id uint64, body any, max int) ([]byte, error) {
	data, err := encode(body)
	if err != nil {
		return b, err
	}
	if len(data) > max {
		return b, &sizeError{len(data), max}
	}
	b = binary.BigEndian.AppendUint32(b, uint32(len(data)))
	b = append(b, byte(k))
	b = binary.BigEndian.AppendUint64(b, id)
	return append(b, data...), nil
}

func encode(body any) ([]byte, error) {
	switch b := body.(type) {
	case *dispatch.Prepared:
		return encodeEvent(b, found{})
	case opened:
		return encodeEvent(b.Prepared, found{Private: b.private, Screen: b.screen})
	case record:
		return b, nil
	}
	return json.Marshal(body)
}

// found is what dispatch.Prepare found in an event.
type found struct {
	dispatch.Found
	// Private is what the event hides and this script may read: the event's JSON lacks it.
	Private string `json:",omitempty"`
	// Screen is the number of the filter that is to decide about it.
	Screen uint64 `json:",omitempty"`
}

// opened is an event for a script that may read what it hides, or for a filter of it.
type opened struct {
	*dispatch.Prepared
	private string
	screen  uint64
}

// encodeEvent writes what was found, if anything, a newline, and the event. As one piece
// of JSON it would take twice as long to read.
func encodeEvent(p *dispatch.Prepared, f found) ([]byte, error) {
	ev, err := p.Event.MarshalJSON()
	if err != nil {
		return nil, err
	}
	f.Found = p.Found()
	if f == (found{}) {
		return slices.Concat([]byte{'\n'}, ev), nil
	}
	head, err := json.Marshal(f)
	return slices.Concat(head, []byte{'\n'}, ev), err
}

// decodeEvent is the inverse of encodeEvent; nil is an event that could not be encoded.
func decodeEvent(body []byte) (*dispatch.Prepared, error) {
	p, _, err := decodeScreen(body)
	return p, err
}

// decodeScreen also returns the number of the filter that is asked.
func decodeScreen(body []byte) (_ *dispatch.Prepared, screen uint64, _ error) {
	head, rest, ok := bytes.Cut(body, []byte{'\n'})
	if !ok {
		return nil, 0, nil
	}
	var f found
	if len(head) > 0 {
		if err := json.Unmarshal(head, &f); err != nil {
			return nil, 0, err
		}
	}
	ev := &engine.Event{}
	if err := ev.UnmarshalJSON(rest); err != nil {
		return nil, 0, err
	}
	if f.Private != "" {
		*ev = engine.WithPrivate(*ev, engine.NewPrivate(f.Private))
	}
	p := dispatch.Restore(ev, f.Found)
	return &p, f.Screen, nil
}

// decode reads a body strictly enough for a peer of the same program.
func decode[T any](f frame) (T, error) {
	var v T
	err := json.Unmarshal(f.body, &v)
	return v, err
}
