package hackchattest_test

import (
	"slices"
	"testing"

	"botd/adapters/hackchat/hackchattest"
)

func TestAttendAndWatch(t *testing.T) {
	var watched, heard []string
	srv := hackchattest.New(hackchattest.Options{Watch: func(r hackchattest.Request) { watched = append(watched, r.Cmd) }})
	defer srv.Close()
	hear := func(f map[string]any) {
		cmd, _ := f["cmd"].(string)
		text, _ := f["text"].(string)
		heard = append(heard, cmd+" "+text)
	}
	if _, ok := srv.Attend("room", "not a nick", hear); ok {
		t.Error("a user with a bad nick came in")
	}
	if _, ok := srv.Attend("room", "ann", hear); !ok {
		t.Fatalf("refused: %q", heard)
	}
	heard = nil
	bob := srv.Open("192.0.2.1", func([]byte) {}, func(int) {})
	bob.Handle([]byte(`{"cmd":"join","channel":"room","nick":"bob"}`))
	bob.Handle([]byte(`{"cmd":"chat","text":"hi"}`))
	if want := []string{"onlineAdd ", "chat hi"}; !slices.Equal(heard, want) {
		t.Errorf("heard %q, want %q", heard, want)
	}
	if want := []string{"join", "chat"}; !slices.Equal(watched, want) {
		t.Errorf("watched %q, want %q", watched, want)
	}
	if r, l := srv.Requests(), srv.Lines("room"); len(r)+len(l) > 0 {
		t.Errorf("kept %v and %v", r, l)
	}
}
