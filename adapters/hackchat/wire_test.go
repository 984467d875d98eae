package hackchat

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// FuzzDecode: any bytes are decoded or refused.
func FuzzDecode(f *testing.F) {
	for _, frame := range recorded(f) {
		f.Add(frame)
	}
	f.Add([]byte(`{"cmd":"chat","trip":"null","color":false,"flair":7,"channel":null,"text":"x"}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		frame, err := decode(b)
		if (frame == nil) == (err == nil) {
			t.Errorf("decode(%q) = %v, %v", b, frame, err)
		}
	})
}

// recorded returns every frame a real server sent in the transcripts.
func recorded(tb testing.TB) (frames [][]byte) {
	tb.Helper()
	paths, err := filepath.Glob("testdata/transcripts/*.jsonl")
	if err != nil || len(paths) == 0 {
		tb.Fatalf("no transcripts: %v", err)
	}
	for _, path := range paths {
		b, err := os.ReadFile(path)
		if err != nil {
			tb.Fatal(err)
		}
		for row := range bytes.Lines(b) {
			var l struct {
				Dir   string
				Frame json.RawMessage
			}
			if err := json.Unmarshal(row, &l); err != nil {
				tb.Fatalf("%s: %v", path, err)
			}
			if l.Dir == "recv" && l.Frame != nil {
				frames = append(frames, l.Frame)
			}
		}
	}
	return frames
}

func TestEveryRecordedFrameDecodes(t *testing.T) {
	for _, b := range recorded(t) {
		if _, err := decode(b); err != nil {
			t.Errorf("%v: %s", err, b)
		}
	}
}

func TestDecode(t *testing.T) {
	tests := map[string]struct {
		in   string
		want any
	}{
		"chat": {
			`{"cmd":"chat","nick":"a","text":"hi","trip":"null","userid":9999999999999,"level":100,"flair":false,"color":"ed5e6f","id":7,"channel":"c","time":1}`,
			&chatFrame{stamp: stamp{1}, author: author{Nick: "a", Trip: "null", UserID: 9999999999999, Level: 100, Color: "ed5e6f", Channel: "c"}, Text: "hi", ID: 7}},
		"cmd not in front":     {`{"nick":"a","cmd":"updateUser"}`, &updateUserFrame{person: person{author: author{Nick: "a"}}}},
		"cmd with an escape":   {`{"cmd":"\u0063hat","text":"hi"}`, &chatFrame{Text: "hi"}},
		"channel false":        {`{"cmd":"info","text":"t","channel":false}`, &noticeFrame{Text: "t"}},
		"whisper from a nick":  {`{"cmd":"info","type":"whisper","from":"a"}`, &noticeFrame{Type: "whisper", From: party{Nick: "a"}}},
		"whisper from a user":  {`{"cmd":"info","type":"whisper","from":7}`, &noticeFrame{Type: "whisper", From: party{ID: 7}}},
		"warn":                 {`{"cmd":"warn","text":"t","id":14}`, &noticeFrame{Warn: true, Text: "t", ID: 14}},
		"error":                {`{"cmd":"error","text":"t","id":61}`, &noticeFrame{Warn: true, Text: "t", ID: 61}},
		"kind we do not know":  {`{"cmd":"walletInfo","x":1}`, &otherFrame{Cmd: "walletInfo"}},
		"flair false":          {`{"cmd":"onlineAdd","nick":"a","flair":false}`, &onlineAddFrame{person: person{author: author{Nick: "a"}, Flair: flair{present: true}}}},
		"flair":                {`{"cmd":"onlineAdd","nick":"a","flair":"⭐"}`, &onlineAddFrame{person: person{author: author{Nick: "a"}, Flair: flair{"⭐", true}}}},
		"trip absent or other": {`{"cmd":"onlineAdd","nick":"a","trip":{"x":1}}`, &onlineAddFrame{person: person{author: author{Nick: "a"}}}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := decode([]byte(tt.in))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got, cmp.AllowUnexported(chatFrame{}, updateUserFrame{}, onlineAddFrame{}, noticeFrame{}, person{}, author{}, flair{}, stamp{})); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	for _, bad := range []string{``, `{`, `[]`, `"x"`, `null`, `{}`, `{"cmd":7}`, `{"cmd":""}`, `{"cmd":"chat","text":{}}`, `{"cmd":"chat"`} {
		if f, err := decode([]byte(bad)); err == nil {
			t.Errorf("decode(%q) = %#v, want an error", bad, f)
		}
	}
}

func TestClean(t *testing.T) {
	tests := map[string]string{
		"plain":                                  "plain",
		"\n\n  first\nsecond\n\n\n\nthird  \n\n": "  first\nsecond\n\nthird  ", // as recorded
		" \nline 2":                              "line 2",
		"\u200b\nline 4":                         "\u200b\nline 4",
		" \n\t ":                                 "",
		"\u00a0\u2003\ufeff":                     "",
		"bad \xff byte":                          "bad \uFFFD byte",
	}
	for in, want := range tests {
		if got := clean(in); got != want {
			t.Errorf("clean(%q) = %q, want %q", in, got, want)
		}
		if again := clean(clean(in)); again != clean(in) {
			t.Errorf("clean(%q) is not final: %q", in, again)
		}
	}
}

var chatLine = []byte(`{"cmd":"chat","nick":"alice","uType":"user","userid":2248969737076,"channel":"botdev","text":"hi from a user with a trip","level":100,"flair":false,"id":763687,"trip":"cGbI/o","color":"6fed5e","time":1795290734950}`)

func BenchmarkDecodeChat(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := decode(chatLine); err != nil {
			b.Fatal(err)
		}
	}
}
