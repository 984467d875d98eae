package engine_test

import (
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"botd/engine"

	"pgregory.net/rapid"
)

func TestSplit(t *testing.T) {
	tests := []struct {
		name  string
		text  string
		limit engine.Limit
		want  []string
	}{
		{"empty", "", engine.Limit{Max: 3}, nil},
		{"fits", " as it is ", engine.Limit{Max: 10}, []string{" as it is "}},
		{"no limit", "any\nthing", engine.Limit{}, []string{"any\nthing"}},
		{"at a space", "one two three", engine.Limit{Max: 8}, []string{"one two", "three"}},
		{"word ends at the limit", "one two three", engine.Limit{Max: 7}, []string{"one two", "three"}},
		{"newline before space", "a b\nc d e", engine.Limit{Max: 7}, []string{"a b", "c d e"}},
		{"indentation stays", "if x\n\n  then y", engine.Limit{Max: 9}, []string{"if x", "  then y"}},
		{"hard", "abcdefgh", engine.Limit{Max: 3}, []string{"abc", "def", "gh"}},
		{"run of spaces", "ab          cd", engine.Limit{Max: 3}, []string{"ab", "cd"}},
		{"blank and too long", strings.Repeat(" ", 9), engine.Limit{Max: 3}, nil},
		{"blank tail", "abc   \n   ", engine.Limit{Max: 3}, []string{"abc"}},
		{"no-break space", "a b\u00a0c", engine.Limit{Max: 4}, []string{"a", "b\u00a0c"}},
		{"lines", "a\nb\nc\nd\ne", engine.Limit{Lines: 2}, []string{"a\nb", "c\nd", "e"}},
		{"one line", "a\r\nb", engine.Limit{Lines: 1, Max: 9}, []string{"a", "b"}},
		{"bytes", "ééé", engine.Limit{Max: 5, Unit: engine.Bytes}, []string{"éé", "é"}},
		{"utf16", "😀😀😀", engine.Limit{Max: 3, Unit: engine.UTF16}, []string{"😀", "😀", "😀"}},
		{"runes", "😀😀😀", engine.Limit{Max: 2}, []string{"😀😀", "😀"}},
		{"code point over the limit", "a😀b", engine.Limit{Max: 1, Unit: engine.UTF16}, []string{"a", "😀", "b"}},
		{"combining mark", "abe\u0301f", engine.Limit{Max: 3}, []string{"ab", "e\u0301f"}},
		{"family", "a👨‍👩‍👧b", engine.Limit{Max: 5}, []string{"a", "👨‍👩‍👧", "b"}},
		{"skin tone", "ab👍🏽", engine.Limit{Max: 3}, []string{"ab", "👍🏽"}},
		{"flags", "a🇮🇹🇩🇪", engine.Limit{Max: 4}, []string{"a🇮🇹", "🇩🇪"}},
		{"endless character", "e" + strings.Repeat("\u0301", 5), engine.Limit{Max: 4}, []string{"e\u0301\u0301\u0301", "\u0301\u0301"}},
		{"broken bytes", "\xff\xfe\xfd", engine.Limit{Max: 2, Unit: engine.Bytes}, []string{"\xff\xfe", "\xfd"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := engine.Split(tt.text, tt.limit); !slices.Equal(got, tt.want) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

// Splitting loses nothing but white space at the cuts, and every part fits.
func TestSplitKeepsText(t *testing.T) {
	pieces := rapid.SampledFrom([]string{"a", "word", " ", "  ", "\n", "\r\n", "\t", "é", "e\u0301", "😀",
		"👨‍👩‍👧", "🇮🇹", "\u00a0", "漢字", "한", "\xff", "\ufffd", "\u200d"})
	rapid.Check(t, func(t *rapid.T) {
		text := strings.Join(rapid.SliceOfN(pieces, 0, 60).Draw(t, "text"), "")
		l := engine.Limit{
			Max:   rapid.IntRange(0, 20).Draw(t, "max"),
			Unit:  rapid.SampledFrom([]engine.Unit{engine.Runes, engine.Bytes, engine.UTF16}).Draw(t, "unit"),
			Lines: rapid.IntRange(0, 3).Draw(t, "lines"),
		}
		if l.Max > 0 {
			l.Max += 3 // so that every code point fits
		}
		parts := engine.Split(text, l)
		for _, p := range parts {
			if strings.Trim(p, " \t\r\n") == "" && len(parts) > 1 || p == "" {
				t.Fatalf("blank part in %q", parts)
			}
			if !l.Fits(p) || l.Max > 0 && l.Unit.Count(p) > l.Max || l.Lines > 0 && strings.Count(p, "\n") >= l.Lines {
				t.Fatalf("part %q is over %+v", p, l)
			}
			if utf8.ValidString(text) && !utf8.ValidString(p) {
				t.Fatalf("part %q was cut inside a code point", p)
			}
		}
		if l.Fits(text) && text != "" && !slices.Equal(parts, []string{text}) {
			t.Fatalf("%q fits but became %q", text, parts)
		}
		checkNothingLost(t, text, parts)
	})
}

// checkNothingLost finds the parts in order in text with only white space between.
func checkNothingLost(t *rapid.T, text string, parts []string) {
	rest := text
	for _, p := range parts {
		before, after, ok := strings.Cut(rest, p)
		if !ok || strings.TrimSpace(before) != "" {
			t.Fatalf("%q of %q: part %q lost %q", parts, text, p, before)
		}
		rest = after
	}
	if strings.TrimFunc(rest, unicode.IsSpace) != "" {
		t.Fatalf("%q of %q: lost the end %q", parts, text, rest)
	}
}

func FuzzSplit(f *testing.F) {
	f.Add("one two\nthree 👨‍👩‍👧 \xff", 5, byte(1), 2)
	f.Fuzz(func(t *testing.T, text string, limit int, unit byte, lines int) {
		l := engine.Limit{Max: limit, Unit: engine.Unit(unit % 3), Lines: lines}
		squeeze := func(s string) string { return strings.Join(strings.Fields(s), "") }
		// The space keeps broken bytes at the ends of two parts from becoming one character.
		if got := strings.Join(engine.Split(text, l), " "); squeeze(got) != squeeze(text) {
			t.Errorf("%q became %q", text, got)
		}
	})
}

func BenchmarkSplit(b *testing.B) {
	short, long := "a line of chat", strings.Repeat("some words of chat ", 200)
	l := engine.Limit{Max: 500, Unit: engine.UTF16}
	b.Run("fits", func(b *testing.B) {
		for b.Loop() {
			l.Fits(short)
		}
	})
	b.Run("8 parts", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			engine.Split(long, l)
		}
	})
}
