package host

import (
	"bytes"
	"encoding/json"
	"time"

	"botd/engine"
	"botd/engine/store"
)

// StoredValue is a key with its value, for people and programs. Its JSON loses nothing, and
// is the format of an export: {"part", "key", "value", "expires"}. A key that is no UTF-8 has
// the form of such texts in values, see [store.Encode]; a value that is no JSON, which scripts
// never write, is in "raw" as base64.
type StoredValue struct {
	Part    string
	Key     string    // any bytes
	Value   []byte    // as it is stored
	Expires time.Time // zero if it stays
}

type storedJSON struct {
	Part    string          `json:"part"`
	Key     json.RawMessage `json:"key"`
	Value   json.RawMessage `json:"value,omitempty"`
	Raw     []byte          `json:"raw,omitzero"`
	Expires time.Time       `json:"expires,omitzero"`
}

func (v StoredValue) MarshalJSON() ([]byte, error) {
	key, err := store.Encode(v.Key)
	if err != nil {
		return nil, err
	}
	out := storedJSON{Part: v.Part, Key: key, Value: v.Value, Expires: v.Expires}
	if !json.Valid(v.Value) {
		out.Value, out.Raw = nil, append([]byte{}, v.Value...)
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false) // values stay as they are
	err = enc.Encode(out)
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), err
}

func (v *StoredValue) UnmarshalJSON(b []byte) error {
	var in storedJSON
	if err := json.Unmarshal(b, &in); err != nil {
		return err
	}
	k, err := store.Decode(in.Key)
	if err != nil {
		return engine.Errorf(engine.Invalid, "the key is missing")
	}
	key, ok := k.(string)
	if !ok {
		return engine.Errorf(engine.Invalid, "the key is no text")
	}
	value := []byte(in.Value)
	switch {
	case in.Raw != nil && in.Value == nil:
		value = in.Raw
	case in.Raw != nil || in.Value == nil:
		return engine.Errorf(engine.Invalid, "there must be one of value and raw")
	}
	if in.Part == "" {
		return engine.Errorf(engine.Invalid, "the part is missing")
	}
	*v = StoredValue{in.Part, key, value, in.Expires}
	return nil
}
