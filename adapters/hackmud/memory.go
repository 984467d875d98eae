package hackmud

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"slices"

	"botd/engine"
)

// position is what is saved of a [reader]: it is all a restart needs.
type position struct {
	Cursor millis `json:"cursor"`
	// Lo and Hi are those of the clock, as good a guess as any until the server says the time.
	Lo millis `json:"lo"`
	Hi millis `json:"hi"`
	// Pages is how many values the keys fill that have no room here, and Turn says which:
	// the two turns alternate, so that a crash leaves one of them whole.
	Turn  int    `json:"turn,omitempty"`
	Pages int    `json:"pages,omitempty"`
	Seen  []byte `json:"seen,omitempty"` // see packKeys
}

const (
	positionKey = "position"
	// pageSize is how many bytes of keys one value holds; in JSON they grow by a third.
	pageSize = 45 << 10
	keySize  = 16
)

// packKeys writes each key and its time, oldest first.
func packKeys(seen map[key]millis) []byte {
	type entry struct {
		key key
		t   millis
	}
	list := make([]entry, 0, len(seen))
	for k, t := range seen {
		list = append(list, entry{k, t})
	}
	slices.SortFunc(list, func(a, b entry) int { return int(a.t - b.t) })
	out := make([]byte, 0, keySize*len(list))
	for _, e := range list {
		out = binary.BigEndian.AppendUint64(out, uint64(e.key))
		out = binary.BigEndian.AppendUint64(out, uint64(e.t))
	}
	return out
}

func unpackKeys(b []byte, into map[key]millis) {
	for ; len(b) >= keySize; b = b[keySize:] {
		into[key(binary.BigEndian.Uint64(b))] = millis(binary.BigEndian.Uint64(b[8:]))
	}
}

// snapshot is a reader's state at one moment, to be saved later.
type snapshot struct {
	cursor, lo, hi millis
	newest         millis // not saved
	seen           []byte
}

func (r *reader) snapshot() snapshot {
	return snapshot{r.cursor, r.lo, r.hi, r.newest, packKeys(r.seen)}
}

// save writes a snapshot. turn counts the saves.
func (s snapshot) save(ctx context.Context, keep engine.Keep, turn int) error {
	p := position{Cursor: s.cursor, Lo: s.lo, Hi: s.hi, Turn: turn % 2}
	rest := s.seen
	p.Seen, rest = cutPage(rest)
	for len(rest) > 0 {
		var page []byte
		page, rest = cutPage(rest)
		if err := keep.Save(ctx, pageKey(p.Turn, p.Pages), page); err != nil {
			return err
		}
		p.Pages++
	}
	value, err := json.Marshal(p)
	if err != nil {
		return err
	}
	return keep.Save(ctx, positionKey, value)
}

func cutPage(b []byte) (page, rest []byte) {
	n := min(len(b), pageSize-pageSize%keySize)
	return b[:n], b[n:]
}

func pageKey(turn, page int) string { return fmt.Sprintf("seen/%d/%d", turn, page) }

// loadPosition reads what was saved last into r and returns the cursor, 0 if there is none.
func loadPosition(ctx context.Context, keep engine.Keep, r *reader) (millis, error) {
	value, err := keep.Load(ctx, positionKey)
	if err != nil || value == nil {
		return 0, err
	}
	var p position
	if err := json.Unmarshal(value, &p); err != nil {
		return 0, fmt.Errorf("the saved position: %w", err)
	}
	r.saves = p.Turn + 1
	r.expect(p.Lo, p.Hi)
	unpackKeys(p.Seen, r.seen)
	for i := range p.Pages {
		page, err := keep.Load(ctx, pageKey(p.Turn, i))
		if err != nil {
			return 0, err
		}
		unpackKeys(page, r.seen)
	}
	return p.Cursor, nil
}
