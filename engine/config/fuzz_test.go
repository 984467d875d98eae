package config_test

import (
	"errors"
	"io/fs"
	"strings"
	"testing"
	"unicode/utf8"

	"botd/engine/config"
)

// FuzzParse: no file makes the loader panic, every problem says where it is, and what
// was accepted is shown as something that is accepted again.
func FuzzParse(f *testing.F) {
	for _, text := range []string{"", full, before, withSecrets, config.Annotated, "a: *b", "? {a: b}\n", "\xff\xfea", "\xff\xfe\x85\x00\x85\x00a\x00", "x: !!binary aGk=\n", "<<: [{log: {}}]\n", "---\n---\n", "log: !!str\n"} {
		f.Add(text)
	}
	environ := []string{"PW=x", "SECRET=y", "BOTD_LOG_FORMAT=json"}
	f.Fuzz(func(t *testing.T, text string) {
		cfg, err := config.Parse("config.yaml", []byte(text), environ)
		if err != nil {
			checkPositions(t, err, text)
			return
		}
		for _, s := range cfg.Sessions {
			var into settings
			if err := s.DecodeSettings(&into); err != nil {
				checkPositions(t, err, text)
			}
		}
		if ch := config.Diff(cfg, cfg); !ch.Empty() {
			t.Errorf("differs from itself: %s", ch)
		}
		if strings.Contains(text, "${") || strings.Contains(text, "settings") {
			return // not all of it is shown
		}
		again, err := config.Parse("config.yaml", []byte(cfg.String()), environ)
		if err != nil {
			t.Fatalf("shown as something that is not accepted:\n%s\n%v", cfg, err)
		}
		if got := again.String(); got != cfg.String() {
			t.Errorf("shown as\n%sand then as\n%s", cfg, got)
		}
	})
}

func checkPositions(t *testing.T, err error, text string) {
	var ps config.Problems
	if !errors.As(err, &ps) || len(ps) == 0 || errors.Is(err, fs.ErrNotExist) {
		t.Fatalf("error without problems: %v", err)
	}
	lines := strings.Count(text, "\n") + strings.Count(text, "\r") + strings.Count(text, "\u0085") +
		strings.Count(text, "\u2028") + strings.Count(text, "\u2029") + 2
	if !utf8.ValidString(text) {
		lines = len(text) // UTF-16, whose line breaks look different
	}
	for _, p := range ps {
		if p.Env == "" && (p.Line < 1 || p.Column < 1 || p.Line > lines || p.File != "config.yaml") {
			t.Errorf("no position: %+v", p)
		}
	}
}
