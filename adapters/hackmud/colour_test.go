package hackmud_test

import (
	"strings"
	"testing"
	"unicode"

	"pgregory.net/rapid"

	"botd/adapters/hackmud"
	"botd/engine"
)

func TestStrip(t *testing.T) {
	for text, want := range map[string]string{
		"plain":                 "plain",
		"`Nname`":               "name",
		"`L!help` me":           "!help me",
		"a `1b` c `Zd` e":       "a b c d e",
		"5` of `Nx`":            "5` of x",
		"`N`":                   "`N`",
		"`N":                    "`N",
		"``Nx`":                 "`x",
		"`-x`":                  "`-x`",
		"`Aa``Bb`":              "ab",
		"lost ` and found":      "lost ` and found",
		"art\n`Aline\nof` art":  "art\nline\nof art",
		"`D\u00e9`t\u00e9 `éx`": "\u00e9t\u00e9 `éx`",
	} {
		if got := hackmud.Strip(text); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
	if got := hackmud.Plain("a\x00`Nb\x1b`\r\n\xffc"); got != "ab\n\uFFFDc" {
		t.Errorf("control characters: %q", got)
	}
}

// painted is a text with the colour of each character, white space aside.
func painted(text string) string {
	var b strings.Builder
	colour := byte('-')
	for text != "" {
		rest := hackmud.Strip(text)
		if colour == '-' && text[0] == '`' && len(text) > 3 && rest != text && hackmud.Strip("`"+text[1:]) == rest {
			if end := strings.IndexByte(text[2:], '`'); end > 0 && hackmud.Strip(text[:end+3]) == text[2:end+2] {
				colour, text = text[1], text[2:]
				continue
			}
		}
		if colour != '-' && text[0] == '`' {
			colour, text = '-', text[1:]
			continue
		}
		r := []rune(text)[0]
		if !unicode.IsSpace(r) {
			b.WriteByte(colour)
			b.WriteRune(r)
		}
		text = text[len(string(r)):]
	}
	return b.String()
}

// Parts fit, keep every character with its colour, and are in order.
func TestSplit(t *testing.T) {
	word := rapid.StringMatching("[a-zé🙂e\u0301]{1,12}")
	piece := rapid.OneOf(word, rapid.Map(rapid.SliceOfN(word, 1, 8), func(ws []string) string { return "`N" + strings.Join(ws, " ") + "`" }),
		rapid.Just("\n"), rapid.Just("`Ax``Dy`"), rapid.Just("`Lone\ntwo`"))
	rapid.Check(t, func(t *rapid.T) {
		limit := engine.Limit{Max: rapid.IntRange(20, 60).Draw(t, "max"), Unit: engine.UTF16, Lines: rapid.IntRange(1, 5).Draw(t, "lines")}
		text := strings.Join(rapid.SliceOfN(piece, 1, 30).Draw(t, "pieces"), " ")
		parts := hackmud.SplitText(text, limit)
		var got strings.Builder
		for _, p := range parts {
			if !limit.Fits(p) {
				t.Fatalf("%q does not fit %+v", p, limit)
			}
			if strings.TrimSpace(p) == "" && len(parts) > 1 {
				t.Fatalf("a blank part in %q", parts)
			}
			got.WriteString(painted(p))
		}
		if want := painted(text); got.String() != want {
			t.Fatalf("%q became %q:\n%s\n%s", text, parts, got.String(), want)
		}
	})
}

func TestSplitMost(t *testing.T) {
	limit := engine.Limit{Max: 20, Unit: engine.UTF16, Lines: 3}
	text := "`N" + strings.Repeat("word ", 40) + "`"
	parts, whole := hackmud.SplitMost(text, limit, 3)
	if len(parts) != 3 || whole || !strings.HasSuffix(parts[2], "…") {
		t.Errorf("%q, whole %v", parts, whole)
	}
	for _, p := range parts {
		if !limit.Fits(p) {
			t.Errorf("%q does not fit", p)
		}
	}
	if parts, whole := hackmud.SplitMost("short", limit, 1); len(parts) != 1 || !whole {
		t.Errorf("%q, whole %v", parts, whole)
	}
}
