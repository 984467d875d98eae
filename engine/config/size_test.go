package config_test

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"botd/engine/config"
)

func TestParseSize(t *testing.T) {
	for text, want := range map[string]config.Size{
		"0B": 0, "1B": 1, "64KiB": 64 << 10, "64MiB": 64 << 20, "1GiB": 1 << 30, "9223372036854775807B": math.MaxInt64,
	} {
		if got, err := config.ParseSize(text); got != want || err != nil {
			t.Errorf("ParseSize(%q) = %d, %v; want %d", text, got, err, want)
		}
	}
	for _, text := range []string{"", "64", "MiB", "64MB", "64 MiB", "-1B", "+1B", "1.5MiB", "0x1KiB", "8589934592GiB", "1_0B"} {
		if got, err := config.ParseSize(text); err == nil {
			t.Errorf("ParseSize(%q) = %d, want an error", text, got)
		}
	}
}

func TestSizeRoundTrips(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		size := config.Size(rapid.Int64Min(0).Draw(t, "bytes"))
		if got, err := config.ParseSize(size.String()); got != size || err != nil {
			t.Fatalf("ParseSize(%q) = %d, %v; want %d", size, got, err, size)
		}
	})
}
