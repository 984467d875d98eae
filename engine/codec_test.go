package engine_test

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"botd/engine"
)

// An empty list and none are the same to readers, and omitempty makes one the other.
var lossless = cmpopts.EquateEmpty()

func TestEventsSurviveJSON(t *testing.T) {
	for _, body := range engine.Bodies() {
		t.Run(string(body.Kind()), rapid.MakeCheck(func(t *rapid.T) {
			want := drawEvent(t, drawLike(t, body))
			data, err := json.Marshal(want)
			if err != nil {
				t.Fatal(err)
			}
			var got engine.Event
			if err := json.Unmarshal(data, &got); err != nil {
				t.Fatalf("%v in %s", err, data)
			}
			if diff := cmp.Diff(want, got, lossless); diff != "" {
				t.Fatalf("%s\nlost (-) and made up (+):\n%s", data, diff)
			}
		}))
	}
}

func TestActionsSurviveJSON(t *testing.T) {
	for _, action := range engine.Actions() {
		t.Run(engine.ActionName(action), rapid.MakeCheck(func(t *rapid.T) {
			want := drawLike(t, action)
			data, err := engine.MarshalAction(want)
			if err != nil {
				t.Fatal(err)
			}
			got, err := engine.UnmarshalAction(data)
			if err != nil {
				t.Fatalf("%v in %s", err, data)
			}
			if diff := cmp.Diff(want, got, lossless); diff != "" {
				t.Fatalf("%s\nlost (-) and made up (+):\n%s", data, diff)
			}
		}))
	}
}

// FuzzEvent checks that whatever decodes also encodes, and then means the same.
func FuzzEvent(f *testing.F) {
	f.Add([]byte(`{"kind":"message","id":"1","session":"hc","room":{"id":"lobby"},"body":{"text":"hi"}}`))
	f.Add([]byte(`{"kind":"gap","body":{"from":"2024-02-29T23:59:59.5+02:00","to":"0001-01-01T00:00:00Z"}}`))
	f.Add([]byte(`{"kind":"access","body":{"role":"owner","can":"say,whisper"},"extra":{"a":[1,null]}}`))
	f.Add([]byte(`{"kind":"nonsense","body":{}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		var first, second engine.Event
		if json.Unmarshal(data, &first) != nil {
			return
		}
		again, err := json.Marshal(first)
		if err != nil {
			t.Fatalf("decoded %q but cannot encode it: %v", data, err)
		}
		if err := json.Unmarshal(again, &second); err != nil {
			t.Fatalf("cannot decode %q: %v", again, err)
		}
		if diff := cmp.Diff(first, second, lossless); diff != "" {
			t.Fatalf("%s\n%s", again, diff)
		}
	})
}

// FuzzAction is FuzzEvent for actions.
func FuzzAction(f *testing.F) {
	f.Add([]byte(`{"action":"say","fields":{"room":"lobby","text":"hi"}}`))
	f.Add([]byte(`{"action":"ban","fields":{"room":"lobby","user":{"name":"x"},"length":60000000000,"address":true}}`))
	f.Add([]byte(`{"action":"call","fields":{"name":"x","params":{"a":{"b":[]}}}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		first, err := engine.UnmarshalAction(data)
		if err != nil {
			return
		}
		again, err := engine.MarshalAction(first)
		if err != nil {
			t.Fatalf("decoded %q but cannot encode it: %v", data, err)
		}
		second, err := engine.UnmarshalAction(again)
		if err != nil {
			t.Fatalf("cannot decode %q: %v", again, err)
		}
		if diff := cmp.Diff(first, second, lossless); diff != "" {
			t.Fatalf("%s\n%s", again, diff)
		}
	})
}

func TestDecodeRefuses(t *testing.T) {
	tests := []struct {
		name, in string
		decode   func([]byte) error
	}{
		{"unknown kind", `{"kind":"nonsense","body":{}}`, decodeEvent},
		{"no kind", `{"body":{}}`, decodeEvent},
		{"body of another shape", `{"kind":"message","body":{"text":5}}`, decodeEvent},
		{"unknown role", `{"kind":"role","body":{"role":"king"}}`, decodeEvent},
		{"unknown capability", `{"kind":"access","body":{"can":"say,fly"}}`, decodeEvent},
		{"unknown action", `{"action":"dance","fields":{}}`, decodeAction},
		{"action of another shape", `{"action":"say","fields":[]}`, decodeAction},
		{"not an object", `7`, decodeAction},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if tt.decode([]byte(tt.in)) == nil {
				t.Errorf("%s was accepted", tt.in)
			}
		})
	}
}

func decodeEvent(b []byte) error { return json.Unmarshal(b, new(engine.Event)) }

func decodeAction(b []byte) error {
	_, err := engine.UnmarshalAction(b)
	return err
}

func TestEventWithoutBodyIsNotEncoded(t *testing.T) {
	if data, err := json.Marshal(engine.Event{}); err == nil {
		t.Errorf("encoded as %s", data)
	}
}

// TestSealedSetsAreListed finds a body or action that was declared and not listed:
// it could be emitted, but neither decoded nor documented.
func TestSealedSetsAreListed(t *testing.T) {
	tests := []struct {
		file, seal string
		listed     []string
	}{
		{"body.go", "isBody", typeNames(engine.Bodies())},
		{"action.go", "isAction", typeNames(engine.Actions())},
	}
	for _, tt := range tests {
		t.Run(tt.file, func(t *testing.T) {
			declared := receiversOf(t, tt.file, tt.seal)
			slices.Sort(declared)
			slices.Sort(tt.listed)
			if diff := cmp.Diff(declared, tt.listed); diff != "" {
				t.Errorf("declared (-), listed (+):\n%s", diff)
			}
		})
	}
}

func typeNames[T any](values []T) []string {
	var names []string
	for _, v := range values {
		names = append(names, reflect.TypeOf(v).Name())
	}
	return names
}

// receiversOf names the types of a file that have the method.
func receiversOf(t *testing.T, file, method string) []string {
	t.Helper()
	parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, decl := range parsed.Decls {
		if f, ok := decl.(*ast.FuncDecl); ok && f.Recv != nil && f.Name.Name == method {
			names = append(names, f.Recv.List[0].Type.(*ast.Ident).Name)
		}
	}
	return names
}

// TestBodyFieldsHideNoEventField: scripts read both on one object, so a name must
// not stand for two things.
func TestBodyFieldsHideNoEventField(t *testing.T) {
	common := jsonNames(reflect.TypeFor[engine.Event]())
	common["kind"] = true
	for _, body := range engine.Bodies() {
		for name := range jsonNames(reflect.TypeOf(body)) {
			if common[name] {
				t.Errorf("%s has a field %q, and so has every event", body.Kind(), name)
			}
		}
	}
}

func jsonNames(t reflect.Type) map[string]bool {
	names := make(map[string]bool)
	for field := range t.Fields() {
		if name, _, _ := strings.Cut(field.Tag.Get("json"), ","); name != "-" {
			names[name] = true
		}
	}
	return names
}

func TestKinds(t *testing.T) {
	custom := engine.Event{Body: engine.Custom{Name: "karma"}}
	if got := custom.Kind(); got != "karma" {
		t.Errorf("kind of a custom event = %q; want the name its script gave it", got)
	}
	if got := new(engine.Event).Kind(); got != "" {
		t.Errorf("kind of an event without a body = %q; want none", got)
	}
	for _, body := range engine.Bodies() {
		if !engine.IsKind(body.Kind()) {
			t.Errorf("IsKind(%q) = false", body.Kind())
		}
	}
	if engine.IsKind("karma") {
		t.Error(`IsKind("karma") = true; it is a name scripts may use`)
	}
}

func TestTextOfAndWithText(t *testing.T) {
	withText := 0
	for _, action := range engine.Actions() {
		changed := engine.WithText(action, "other")
		if reflect.TypeOf(changed) != reflect.TypeOf(action) {
			t.Errorf("WithText made a %T of a %T", changed, action)
		}
		switch text := engine.TextOf(changed); {
		case text == "other":
			withText++
		case text != "" || !reflect.DeepEqual(changed, action):
			t.Errorf("%T: WithText gave %+v but TextOf reads %q", action, changed, text)
		}
	}
	if withText == 0 {
		t.Error("no action has a text")
	}
}

func TestActionsNameTheirRoom(t *testing.T) {
	for _, action := range engine.Actions() {
		v := reflect.New(reflect.TypeOf(action)).Elem()
		v.FieldByName("Room").SetString("lobby")
		if got := v.Interface().(engine.Action).In(); got != "lobby" {
			t.Errorf("%T.In() = %q; want its room", action, got)
		}
	}
}
