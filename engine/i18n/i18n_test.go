package i18n_test

import (
	"strings"
	"testing"

	"botd/engine"
	"botd/engine/i18n"
)

func TestPick(t *testing.T) {
	polish := i18n.Forms{"one": "głos", "few": "głosy", "many": "głosów", "other": "głosa"}
	english := i18n.Forms{"one": "vote", "other": "votes"}
	for _, tt := range []struct {
		forms i18n.Forms
		lang  string
		n     float64
		want  string
	}{
		{english, "en", 1, "vote"}, {english, "en", 0, "votes"}, {english, "en-GB", 2, "votes"}, {english, "en", 1.5, "votes"}, {english, "en", -1, "vote"},
		{english, "en", 1e300, "votes"}, {english, "ja", 1, "votes"}, {english, "not a tag", 1, "votes"},
		{polish, "pl", 1, "głos"}, {polish, "pl", 3, "głosy"}, {polish, "pl", 5, "głosów"}, {polish, "pl", 12, "głosów"}, {polish, "pl", 22, "głosy"},
		{polish, "pl", 10000000022, "głosy"}, {polish, "pl", 0.5, "głosa"},
		{i18n.Forms{"other": "x"}, "pl", 1, "x"}, {i18n.Forms{"zero": "none", "other": "x"}, "en", 0, "none"},
	} {
		if got := tt.forms.Pick(tt.lang, tt.n); got != tt.want {
			t.Errorf("%s, %g: %q, want %q", tt.lang, tt.n, got, tt.want)
		}
	}
}

func TestFind(t *testing.T) {
	texts := i18n.Texts{
		Default: "it", Languages: map[string]i18n.Catalogue{
			"en": {"a": {"other": "en a"}, "b": {"other": "en b"}, "c": {"other": "en c"}},
			"it": {"a": {"other": "it a"}, "b": {"other": "it b"}},
			"pt": {"a": {"other": "pt a"}}, "zh-Hant": {"a": {"other": "zh-Hant a"}},
		},
		Rooms: []i18n.RoomLanguage{{Room: "hc/x", Language: "pt-BR"}, {Room: "hc/*", Language: "de"}},
	}
	for _, tt := range []struct{ lang, key, want string }{
		{"pt-BR", "a", "pt a"}, {"pt-BR", "b", "it b"}, {"de", "c", "en c"}, {"de", "a", "it a"}, {"en", "a", "en a"}, {"zh-TW", "a", "zh-Hant a"}, {"pt-br", "a", "pt a"}, {"en", "d", ""},
	} {
		f, _, ok := texts.Find(tt.lang, tt.key)
		if ok != (tt.want != "") || f["other"] != tt.want {
			t.Errorf("%s in %s: %v", tt.key, tt.lang, f)
		}
	}
	for room, want := range map[engine.RoomID]string{"x": "pt-BR", "y": "de"} {
		if got := texts.Language("hc", engine.Room{ID: room}); got != want {
			t.Errorf("%s: %s", room, got)
		}
	}
	if got := texts.Language("lobby", engine.Room{ID: "x"}); got != "it" {
		t.Errorf("elsewhere: %s", got)
	}
}

func TestParse(t *testing.T) {
	c, _, err := i18n.Parse(map[string]any{"hi": "Hi", "votes": map[string]any{"one": "1", "other": "n"}, "menu": map[string]any{"one": map[string]any{"x": "y"}}})
	if err != nil || c["hi"]["other"] != "Hi" || c["votes"]["one"] != "1" || c["menu.one.x"]["other"] != "y" {
		t.Errorf("got %v, %v", c, err)
	}
	for name, tt := range map[string]struct {
		tree map[string]any
		path string
		want string
	}{
		"number":       {map[string]any{"a": 1}, "a", "want a text"},
		"form missing": {map[string]any{"a": map[string]any{"b": 5}}, "a.b", "want a text"},
		"wrong form":   {map[string]any{"a": map[string]any{"single": "x", "other": "y"}}, "a", "plural forms are texts under zero, one"},
	} {
		_, path, err := i18n.Parse(tt.tree)
		if path != tt.path || err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %s: %v", name, path, err)
		}
	}
	if i18n.CheckTag("pt-BR") != nil || engine.CodeOf(i18n.CheckTag("english!")) != engine.Invalid || i18n.CheckTag("") == nil {
		t.Error("tags are checked wrongly")
	}
}
