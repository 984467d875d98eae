package config

import (
	"math"
	"strconv"
	"strings"

	"botd/engine"
)

// Size is a number of bytes, written "64MiB".
type Size int64

// Units are the binary ones alone: with MB half of the readers think of 1000.
const (
	B   Size = 1
	KiB      = 1024 * B
	MiB      = 1024 * KiB
	GiB      = 1024 * MiB
)

var sizeUnits = []struct {
	name  string
	bytes Size
}{{"GiB", GiB}, {"MiB", MiB}, {"KiB", KiB}, {"B", B}}

// ParseSize reads a whole number with one of the units B, KiB, MiB and GiB.
func ParseSize(s string) (Size, error) {
	for _, unit := range sizeUnits {
		digits, ok := strings.CutSuffix(s, unit.name)
		if !ok {
			continue
		}
		n, err := strconv.ParseUint(digits, 10, 63)
		if err != nil || n > uint64(math.MaxInt64/unit.bytes) {
			break
		}
		return Size(n) * unit.bytes, nil
	}
	return 0, engine.Errorf(engine.Invalid, `%q is no size; write one as "64KiB", "64MiB" or "1GiB"`, s)
}

// String is the inverse of ParseSize, in the largest unit that loses nothing.
func (s Size) String() string {
	for _, unit := range sizeUnits {
		if s >= unit.bytes && s%unit.bytes == 0 {
			return strconv.FormatInt(int64(s/unit.bytes), 10) + unit.name
		}
	}
	return strconv.FormatInt(int64(s), 10) + "B"
}

func (s Size) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

func (s *Size) UnmarshalText(b []byte) (err error) {
	*s, err = ParseSize(string(b))
	return err
}
