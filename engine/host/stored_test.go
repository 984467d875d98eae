package host_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"botd/engine/host"
	"botd/engine/store"
)

// What is exported comes back as it was, whatever bytes keys and values have.
func TestStoredValue(t *testing.T) {
	text := rapid.OneOf(rapid.String(), rapid.Custom(func(t *rapid.T) string { return string(rapid.SliceOf(rapid.Byte()).Draw(t, "bytes")) }))
	rapid.Check(t, func(t *rapid.T) {
		want := host.StoredValue{Part: "a", Key: text.Draw(t, "key"), Value: []byte(text.Draw(t, "raw"))}
		if rapid.Bool().Draw(t, "json") {
			var err error
			if want.Value, err = store.Encode(text.Draw(t, "value")); err != nil {
				t.Fatal(err)
			}
		}
		if ms := rapid.Int64Range(0, 1<<42).Draw(t, "expires"); ms > 0 {
			want.Expires = time.UnixMilli(ms).UTC()
		}
		b, err := json.Marshal(want)
		if err != nil {
			t.Fatal(err)
		}
		var got host.StoredValue
		if err := json.Unmarshal(b, &got); err != nil {
			t.Fatalf("%s: %v", b, err)
		}
		if json.Valid(want.Value) { // a space more or less means nothing in JSON
			want.Value, got.Value = compact(t, want.Value), compact(t, got.Value)
		}
		if d := cmp.Diff(want, got); d != "" || strings.Contains(string(b), "\n") {
			t.Errorf("%s\n%s", b, d)
		}
	})
}

func compact(t *rapid.T, b []byte) []byte {
	var v any
	if err := json.Unmarshal(b, &v); err != nil {
		t.Fatal(err)
	}
	out, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestStoredValueFaults(t *testing.T) {
	for text, want := range map[string]string{
		`{"part":"a","value":1}`:                             "the key is missing",
		`{"part":"a","key":1,"value":1}`:                     "the key is no text",
		`{"part":"a","key":"k"}`:                             "one of value and raw",
		`{"part":"a","key":"k","value":1,"raw":"AA=="}`:      "one of value and raw",
		`{"key":"k","value":1}`:                              "the part is missing",
		`{"part":"a","key":"k","value":1,"expires":"later"}`: "later",
	} {
		var v host.StoredValue
		if err := json.Unmarshal([]byte(text), &v); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", text, err)
		}
	}
}
