package i18n_test

import (
	"cmp"
	"encoding/json"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"botd/engine/i18n"
)

const day = 24 * time.Hour

func TestDurations(t *testing.T) {
	texts := &i18n.Texts{Default: "en"}
	for _, tt := range []struct {
		lang string
		d    time.Duration
		span string
		ago  string
		in   string
	}{
		{"en", 90 * time.Minute, "1 hour 30 minutes", "2 hours ago", "in 2 hours"},
		{"en", day, "1 day", "1 day ago", "in 1 day"},
		{"en", 2*time.Hour - time.Millisecond, "2 hours", "2 hours ago", "in 2 hours"},
		{"en", day + 5*time.Second, "1 day", "1 day ago", "in 1 day"},
		{"en", 0, "0 seconds", "just now", "just now"},
		{"en-GB", 0, "0 seconds", "just now", "just now"},
		{"it", 90 * time.Minute, "1 ora e 30 minuti", "2 ore fa", "tra 2 ore"},
		{"it", time.Minute, "1 minuto", "1 minuto fa", "tra 1 minuto"},
		{"it-CH", 800 * day, "2 anni e 70 giorni", "2 anni fa", "tra 2 anni"},
		{"it", 0, "0 secondi", "ora", "ora"},
		{"de", 3 * day, "3 Tage", "vor 3 Tagen", "in 3 Tagen"},
		{"de-AT", 90 * time.Second, "1 Minute, 30 Sekunden", "vor 2 Minuten", "in 2 Minuten"},
		{"fr", 2 * time.Hour, "2 heures", "il y a 2 heures", "dans 2 heures"},
		{"pl", time.Minute, "1 minuta", "1 minutę temu", "za 1 minutę"},
		{"pl", 3 * time.Minute, "3 minuty", "3 minuty temu", "za 3 minuty"},
		{"pl", 5 * time.Minute, "5 minut", "5 minut temu", "za 5 minut"},
		{"pl", 22 * time.Minute, "22 minuty", "22 minuty temu", "za 22 minuty"},
		{"ar", day, "يوم", "قبل يوم واحد", "خلال يوم واحد"},
		{"ar", 2 * day, "يومان", "قبل يومين", "خلال يومين"},
		{"ar", 3 * day, "3 أيام", "قبل 3 أيام", "خلال 3 أيام"},
		{"ar", 11 * day, "11 يومًا", "قبل 11 يومًا", "خلال 11 يومًا"},
		{"ja", 90 * time.Minute, "1 時間 30 分", "2 時間前", "2 時間後"},
		{"zh", 90 * time.Minute, "1小时30分钟", "2小时前", "2小时后"},
		{"zh-TW", 90 * time.Minute, "1 小時 30 分鐘", "2 小時前", "2 小時後"},
		{"pt-BR", time.Hour, "1 hora", "há 1 hora", "em 1 hora"},
		{"pt-PT", time.Hour, "1 hora", "há 1 hora", "dentro de 1 hora"},
		{"es-MX", time.Hour, "1 hora", "hace 1 hora", "dentro de 1 hora"},
		{"tlh", time.Hour, "1 hour", "1 hour ago", "in 1 hour"},
	} {
		got := []string{texts.Span(tt.lang, tt.d), texts.Ago(tt.lang, tt.d), texts.Ago(tt.lang, -tt.d)}
		if want := []string{tt.span, tt.ago, tt.in}; strings.Join(got, "|") != strings.Join(want, "|") {
			t.Errorf("%s, %s: got %q, want %q", tt.lang, tt.d, got, want)
		}
	}
}

// A language that has no words falls back as one that has no texts.
func TestDurationsElsewhere(t *testing.T) {
	for _, tt := range []struct {
		texts *i18n.Texts
		lang  string
		want  string
	}{
		{&i18n.Texts{Default: "it-CH"}, "tlh", "-2 ore"}, {&i18n.Texts{Default: "tlh"}, "tlh", "minus 2 hours"},
		{&i18n.Texts{Default: "it"}, "en-US", "minus 2 hours"}, {&i18n.Texts{}, "nonsense?", "minus 2 hours"},
		{nil, "it", "-2 ore"}, {nil, "tlh", "minus 2 hours"},
	} {
		if got := tt.texts.Span(tt.lang, -2*time.Hour); got != tt.want {
			t.Errorf("%s in %+v: %q, want %q", tt.lang, tt.texts, got, tt.want)
		}
	}
}

// Each language has all units and forms, each count has a text, and the text shows the count
// unless it is the only count that is called so, as a day is in Arabic.
func TestDurationsOfAllLanguages(t *testing.T) {
	data, err := os.ReadFile("cldr/durations.json")
	if err != nil {
		t.Fatal(err)
	}
	var all map[string]map[string]any
	if err := json.Unmarshal(data, &all); err != nil {
		t.Fatal(err)
	}
	if len(all) < 100 || strings.Count(string(data), "\n") != len(all)+2 {
		t.Errorf("%d languages in %d lines", len(all), strings.Count(string(data), "\n"))
	}
	for lang, tree := range all {
		c, path, err := i18n.Parse(tree)
		if err != nil || i18n.CheckTag(lang) != nil || len(c) != 2+5*3 {
			t.Errorf("%s has %d texts: %s: %v", lang, len(c), path, err)
		}
		if join := c["join"]["other"]; !strings.HasPrefix(join, "{0}") || !strings.HasSuffix(join, "{1}") || c["now"]["other"] == "" {
			t.Errorf("%s joins units by %q and calls now %q", lang, join, c["now"]["other"])
		}
		names := formsOfCounts(lang)
		for _, unit := range []string{"year", "day", "hour", "minute", "second"} {
			for _, form := range []string{".span", ".ago", ".in"} {
				checkCounts(t, lang, unit+form, c[unit+form], names)
			}
		}
	}
}

// formsOfCounts names the form that a language has for each count from 1.
func formsOfCounts(lang string) (names [1001]string) {
	forms := i18n.Forms{"zero": "zero", "one": "one", "two": "two", "few": "few", "many": "many", "other": "other"}
	for n := range names[1:] {
		names[n+1] = forms.Pick(lang, float64(n+1))
	}
	return names
}

func checkCounts(t *testing.T, lang, name string, f i18n.Forms, names [1001]string) {
	t.Helper()
	bare := map[string]int{} // texts without a number, and what they stand for
	for n, form := range names {
		text := cmp.Or(f[form], f["other"])
		if n == 0 {
			text = f.Pick(lang, 0)
		}
		if strings.Contains(text, "{0}") {
			continue
		}
		if other, taken := bare[text]; taken || strings.ContainsAny(text, "{}0123456789") || text == "" || n > 2 {
			t.Errorf("%s %s: %d is %q, as is %d", lang, name, n, text, other)
			return
		}
		bare[text] = n
	}
}

// All of it is spoken: the functions find the words of each language, not those of another.
func TestDurationsSpoken(t *testing.T) {
	data, err := os.ReadFile("cldr/durations.json")
	if err != nil {
		t.Fatal(err)
	}
	var all map[string]struct{ Now string }
	if err := json.Unmarshal(data, &all); err != nil {
		t.Fatal(err)
	}
	texts := &i18n.Texts{Default: "en"}
	for lang, words := range all {
		if got := texts.Ago(lang, 0); got != words.Now {
			t.Errorf("%s: now is %q, want %q", lang, got, words.Now)
		}
		for _, d := range []time.Duration{7 * time.Second, 7 * time.Minute, 7 * time.Hour, 7 * day, 7 * 365 * day} {
			for _, got := range []string{texts.Span(lang, d), texts.Ago(lang, d), texts.Ago(lang, -d)} {
				if strings.Count(got, strconv.Itoa(7)) != 1 {
					t.Errorf("%s: %s is %q", lang, d, got)
				}
			}
		}
	}
}
