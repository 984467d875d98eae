package api_test

import (
	"encoding/json"
	"strings"
	"testing"

	"botd/adapters/simplex/internal/api"
)

func TestDecodeEnvelopes(t *testing.T) {
	tests := []struct{ in, corr, tag, err string }{
		{`{"corrId":"17","resp":{"type":"userContactLink","user":{}}}`, "17", "userContactLink", ""},
		{`{"resp":{"type":"newChatItems","chatItems":[]}}`, "", "newChatItems", ""},
		{`{"corrId":"","resp":{"type":"newChatItems"}}`, "", "newChatItems", ""},
		{`{"corrId":null,"resp":{"type":"newChatItems"}}`, "", "newChatItems", ""},
		{`{"corrId":"1","resp":{"Right":{"type":"cmdOk"}}}`, "1", "cmdOk", ""},
		{`{"corrId":"1","resp":{"result":{"type":"cmdOk"}}}`, "1", "cmdOk", ""},
		{`{"corrId":"1","resp":{"Left":{"type":"errorStore","storeError":{"type":"groupNotFound","groupId":7}}}}`, "1", "chatCmdError", "errorStore/groupNotFound"},
		{`{"corrId":"1","error":{"type":"error","errorType":{"type":"noActiveUser"}}}`, "1", "chatCmdError", "error/noActiveUser"},
		{`{"result":{"type":"contactConnected"}}`, "", "contactConnected", ""},
		{`{"error":{"type":"error","errorType":{"type":"noActiveUser"}}}`, "", "chatError", "error/noActiveUser"},
		{`{"corrId":"18","resp":{"type":"chatCmdError","chatError":{"type":"error","errorType":{"type":"commandError","message":"Failed reading: empty"}}}}`,
			"18", "chatCmdError", "error/commandError: Failed reading: empty"},
		{`{"resp":{"type":"chatCmdError","user_":{"userId":1},"chatError":{"type":"error","errorType":{"type":"commandError","message":"invalid request"}}}}`,
			"", "chatCmdError", "error/commandError: invalid request"},
		{`{"resp":{"type":"chatErrors","chatErrors":[{"type":"errorAgent","agentError":{"type":"SMP","serverAddress":"x","smpErr":{"type":"AUTH"}}}]}}`,
			"", "chatErrors", "errorAgent/SMP/AUTH"},
		{`{"resp":{"type":"chatErrors","chatErrors":[]}}`, "", "chatErrors", "unknown"},
		{`{"resp":{"type":"chatError"}}`, "", "chatError", "unknown"},
		{`{"resp":{"type":"neverSeen","x":1},"more":true}`, "", "neverSeen", ""},
		{`{"resp":{"odd":1}}`, "", "", ""},
		{`{"corrId":7,"resp":{"type":"cmdOk"}}`, "", "cmdOk", ""},
	}
	for _, tt := range tests {
		f, err := api.Decode([]byte(tt.in))
		told := ""
		if f.Err != nil {
			told = f.Err.Error()
		}
		if err != nil || f.CorrID != tt.corr || f.Tag != tt.tag || told != tt.err {
			t.Errorf("%s\ngot corrId %q, tag %q, error %q, %v", tt.in, f.CorrID, f.Tag, told, err)
		}
	}
}

func TestDecodeGarbage(t *testing.T) {
	for _, in := range []string{``, `null`, `7`, `[]`, `{}`, `{"resp":7}`, `{"resp":null}`, `{"resp":[]}`, `{"corrId":"1"}`, `{"resp":{"type":"x"`, "\xff"} {
		if f, err := api.Decode([]byte(in)); err == nil {
			t.Errorf("%q: %+v, want an error", in, f)
		}
	}
}

// TestDecodeEverything takes an example of each answer, event and error through both
// kinds of envelopes.
func TestDecodeEverything(t *testing.T) {
	table := api.Load()
	check := func(t *testing.T, corr, tag string, body map[string]any) {
		t.Helper()
		for _, wrap := range []func(any) any{
			func(v any) any { return v },
			func(v any) any { return map[string]any{"Right": v} },
		} {
			outer := map[string]any{"resp": wrap(body)}
			if corr != "" {
				outer["corrId"] = corr
			}
			b, _ := json.Marshal(outer)
			f, err := api.Decode(b)
			var back map[string]any
			if err == nil {
				err = json.Unmarshal(f.Body, &back)
			}
			if err != nil || f.Tag != tag || f.CorrID != corr || len(back) != len(body) || (f.Err != nil) != strings.HasPrefix(tag, "chatError") {
				t.Errorf("%s: got %+v, %v", tag, f, err)
			}
		}
	}
	for _, e := range table.Events {
		check(t, "", e.Tag, table.SampleOf(e.Tag, e.Fields))
	}
	for _, c := range table.Commands {
		for _, a := range c.Answers {
			check(t, "5", a.Tag, table.SampleOf(a.Tag, a.Fields))
		}
	}
}

// TestErrorPaths decodes each error there is, and finds its innermost tag.
func TestErrorPaths(t *testing.T) {
	table := api.Load()
	n := 0
	for _, outer := range table.Type("ChatError").Variants {
		for _, f := range outer.Fields {
			inner := table.Type(f.Type)
			if inner == nil || inner.Kind != "union" {
				continue
			}
			for _, v := range inner.Variants {
				chatError := table.SampleOf(outer.Tag, outer.Fields)
				chatError[f.Name] = table.SampleOf(v.Tag, v.Fields)
				b, _ := json.Marshal(map[string]any{"corrId": "1", "resp": map[string]any{"type": "chatCmdError", "chatError": chatError}})
				got, err := api.Decode(b)
				if f.Name != "connectionEntity_" && (err != nil || !got.Err.Under(outer.Tag, v.Tag)) {
					t.Errorf("%s: got %v, %v; want %s/%s", b, got.Err, err, outer.Tag, v.Tag)
				}
				n++
			}
		}
	}
	if n < 150 {
		t.Errorf("%d errors, want all", n)
	}
}

func FuzzDecode(f *testing.F) {
	table := api.Load()
	for _, e := range table.Events {
		b, _ := json.Marshal(map[string]any{"resp": table.SampleOf(e.Tag, e.Fields)})
		if len(b) < 4<<10 {
			f.Add(b)
		}
	}
	f.Add([]byte(`{"corrId":"1","resp":{"Left":{"type":"errorStore","storeError":{"type":"groupNotFound","groupId":7}}}}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		frame, err := api.Decode(b)
		if err == nil && !json.Valid(frame.Body) {
			t.Errorf("%q gives the body %q", b, frame.Body)
		}
		if frame.Err != nil && (len(frame.Err.Path) == 0 || frame.Err.Error() == "") {
			t.Errorf("%q gives an error without a name", b)
		}
	})
}
