package raffle

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"
)

// SeedSize is how many bytes a seed has.
const SeedSize = 32

// MaxWeight is the most an entry can weigh. Weights are whole numbers, so that a draw is
// the same in every language.
const MaxWeight = 1_000_000

// Entry is one entry of the list that is drawn from.
type Entry struct {
	Who    string `json:"who"` // what makes somebody the same person, unique in the list
	Name   string `json:"name"`
	Weight int    `json:"weight"`           // 1 to MaxWeight
	Answer int    `json:"answer,omitempty"` // from 1; 0 if the raffle asks nothing
}

// Commitment is what is published before anybody enters: the SHA-256 of the seed.
func Commitment(seed []byte) string {
	sum := sha256.Sum256(seed)
	return hex.EncodeToString(sum[:])
}

// Drum draws from a list of entries. Nobody leaves it twice.
type Drum struct {
	key     []byte // HMAC-SHA256 of who is in it, under the seed
	entries []Entry
	gone    []bool
	draws   int
}

// NewDrum makes one of the entries in their order. Nothing decides the draws besides the seed, which nobody
// can choose any more when people enter, and the entries: if the time it was closed did, or the ID,
// whoever knows the seed could try some until they like the winner.
func NewDrum(seed []byte, entries []Entry) *Drum {
	mac := hmac.New(sha256.New, seed)
	mac.Write(drawn(entries))
	return &Drum{key: mac.Sum(nil), entries: entries, gone: make([]bool, len(entries))}
}

// Draw takes out the next winner, one with that answer if it is not 0. ok is false if
// nobody is left; that is no draw.
func (d *Drum) Draw(answer int) (e Entry, ok bool) {
	in := func(i int) bool { return !d.gone[i] && (answer == 0 || d.entries[i].Answer == answer) }
	total := uint64(0)
	for i, e := range d.entries {
		if in(i) {
			total += uint64(e.Weight)
		}
	}
	if total == 0 {
		return e, false
	}
	at := d.number(total)
	d.draws++
	for i, e := range d.entries {
		if !in(i) {
			continue
		}
		if at < uint64(e.Weight) {
			d.gone[i] = true
			return e, true
		}
		at -= uint64(e.Weight)
	}
	panic("raffle: the weights do not add up")
}

// span is how many numbers 48 bits make: exact also where numbers are floating point.
const span = 1 << 48

// number is the number of this draw, below n: 48 bits of the HMAC of "draw.try" under the
// key, modulo n. Numbers past the last whole multiple of n are tried again, so that all
// are as likely.
func (d *Drum) number(n uint64) uint64 {
	for try := 0; ; try++ {
		mac := hmac.New(sha256.New, d.key)
		mac.Write([]byte(strconv.Itoa(d.draws) + "." + strconv.Itoa(try)))
		if x := binary.BigEndian.Uint64(mac.Sum(nil)) >> 16; x < span/n*n {
			return x % n
		}
	}
}

// sortEntries puts entries in the order of the list: by the bytes of who.
func sortEntries(entries []Entry) {
	slices.SortFunc(entries, func(a, b Entry) int { return strings.Compare(a.Who, b.Who) })
}
