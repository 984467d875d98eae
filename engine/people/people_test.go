package people_test

import (
	"log/slog"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"botd/engine"
	"botd/engine/people"
	"botd/engine/store"
)

func open(t *testing.T, s store.Store) *people.Book {
	t.Helper()
	b, err := people.Open(t.Context(), people.Options{Store: s, Clock: engine.SystemClock{}, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func account(name, account string) *engine.User {
	return &engine.User{Name: name, Account: account, Role: engine.Member}
}

func memory(t *testing.T) store.Store {
	s := store.NewMemory(engine.SystemClock{})
	t.Cleanup(func() { s.Close() })
	return s
}

func TestRulesAndRoles(t *testing.T) {
	s := memory(t)
	b := open(t, s)
	rules := people.Rules{
		Roles:  map[string]engine.Role{"hc/trip": engine.Admin},
		Groups: map[string][]string{"hc/trip": {"crew"}, "hc/other": {"crew", "night"}},
	}
	b.SetRules(rules)
	know := func(s engine.SessionID, u *engine.User) engine.User { b.Know(s, u); return *u }
	if u := know("hc", account("ann", "trip")); u.Role != engine.Admin || !slices.Equal(u.Groups, []string{"crew"}) {
		t.Errorf("ann %+v", u)
	}
	if u := know("other", account("ann", "trip")); u.Role != engine.Member || u.Groups != nil {
		t.Errorf("on another session %+v", u)
	}
	if u := know("hc", account("trip", "")); u.Role != engine.Member || u.Groups != nil {
		t.Errorf("a name proves nothing: %+v", u)
	}
	if err := b.Give(t.Context(), "hc", account("bob", "b"), engine.Moderator); err != nil {
		t.Fatal(err)
	}
	if err := b.Give(t.Context(), "hc", account("eve", ""), engine.Moderator); engine.CodeOf(err) != engine.Unsupported {
		t.Errorf("without an account: %v", err)
	}
	b = open(t, s)
	b.SetRules(rules)
	if u := know("hc", account("bobby", "b")); u.Role != engine.Moderator {
		t.Errorf("after a restart %+v", u)
	}
	if u := know("hc", &engine.User{Account: "b", Role: engine.Owner}); u.Role != engine.Owner {
		t.Errorf("a role of the network is kept: %+v", u)
	}
	if err := b.Give(t.Context(), "hc", account("bob", "b"), engine.Guest); err != nil {
		t.Fatal(err)
	}
	if b = open(t, s); len(b.Given()) != 0 {
		t.Errorf("given %v", b.Given())
	}
}

func TestRegular(t *testing.T) {
	s := memory(t)
	b := open(t, s)
	rule := people.Rules{Regular: people.Regular{Days: 2, Lines: 3}}
	role := func() engine.Role {
		u := account("ann", "a")
		b.Know("hc", u)
		return u.Role
	}
	day := time.Date(2030, 1, 1, 12, 0, 0, 0, time.UTC)
	b.Hear("hc", account("ann", "a"), day) // without a rule nothing is counted
	b.SetRules(rule)
	for range 5 {
		b.Hear("hc", account("ann", "a"), day)
		b.Hear("hc", account("ann", ""), day)
	}
	if role() != engine.Member {
		t.Error("a regular after one day")
	}
	b.Flush(t.Context())
	b = open(t, s)
	b.SetRules(rule)
	b.Hear("hc", account("ann", "a"), day.Add(24*time.Hour))
	if role() != engine.Regular {
		t.Error("no regular after two days")
	}
	b.SetRules(people.Rules{})
	if role() != engine.Member {
		t.Error("a regular without a rule")
	}
}

func TestLink(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := memory(t)
		b := open(t, s)
		step := func(session engine.SessionID, acc, said string) (string, bool, error) {
			t.Helper()
			return b.Link(t.Context(), session, account(acc, acc), said)
		}
		fails := func(session engine.SessionID, acc, said, why string) {
			t.Helper()
			if _, linked, err := step(session, acc, said); linked || err == nil || !strings.Contains(err.Error(), why) {
				t.Errorf("%s says %q: %v, want %s", acc, said, err, why)
			}
		}
		fails("hc", "", "", "a name alone proves nothing")
		fails("hc", "a", "NOCODE", "not known")
		first, _, err := step("hc", "a", "")
		if err != nil {
			t.Fatal(err)
		}
		fails("hc", "a", first, "with your other account")
		second, linked, err := step("hctv", "b", " "+strings.ToLower(first)+" ")
		if err != nil || linked || second == "" {
			t.Fatal(second, linked, err)
		}
		fails("hctv", "b", first, "not known") // it has been used
		fails("hctv", "b", second, "with the account that began")
		fails("hc", "mallory", second, "with the account that began")
		if _, linked, err := step("hc", "a", second); err != nil || !linked {
			t.Fatal(linked, err)
		}
		b = open(t, s)
		b.SetRules(people.Rules{Roles: map[string]engine.Role{"hctv/b": engine.Admin}, Groups: map[string][]string{"hc/a": {"crew"}, "hctv/b": {"crew"}}})
		one, other := account("a", "a"), account("b", "b")
		b.Know("hc", one)
		b.Know("hctv", other)
		if one.Identity == "" || one.Identity != other.Identity || one.Role != engine.Admin || len(other.Groups) != 1 {
			t.Errorf("one %+v, other %+v", one, other)
		}
		if list := b.Linked("hc", one); !slices.Equal(list, []string{"hc/a", "hctv/b"}) {
			t.Errorf("linked %v", list)
		}
		if ok, err := b.Unlink(t.Context(), "hctv", other); !ok || err != nil {
			t.Error(ok, err)
		}
		if ok, _ := b.Unlink(t.Context(), "hctv", other); ok {
			t.Error("unlinked twice")
		}
		b = open(t, s)
		if u := account("b", "b"); true {
			if b.Know("hctv", u); u.Identity != "" {
				t.Errorf("after unlink %+v", u)
			}
		}
		late, _, _ := step("hc", "a", "")
		time.Sleep(11 * time.Minute)
		fails("hctv", "b", late, "too old")
	})
}

// A person has so many accounts at most.
func TestLinkBound(t *testing.T) {
	b := open(t, memory(t))
	link := func(acc string) error {
		first, _, err := b.Link(t.Context(), "a", account("x", "x"), "")
		if err != nil {
			return err
		}
		second, _, err := b.Link(t.Context(), "b", account(acc, acc), first)
		if err != nil {
			return err
		}
		_, _, err = b.Link(t.Context(), "a", account("x", "x"), second)
		return err
	}
	for i := range people.MaxLinked - 1 {
		if err := link(string(rune('a' + i))); err != nil {
			t.Fatal(err)
		}
	}
	if err := link("z"); engine.CodeOf(err) != engine.Conflict {
		t.Errorf("one too many: %v", err)
	}
}

func TestCutAccount(t *testing.T) {
	if s, a, err := engine.CutAccount("hc/Ab/C"); s != "hc" || a != "Ab/C" || err != nil {
		t.Error(s, a, err)
	}
	for _, bad := range []string{"", "ann", "hc/", "/a"} {
		if _, _, err := engine.CutAccount(bad); engine.CodeOf(err) != engine.Invalid {
			t.Errorf("%q: %v", bad, err)
		}
	}
}
