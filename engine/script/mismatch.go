package script

import (
	"fmt"
	"strconv"
	"strings"

	lua "github.com/yuin/gopher-lua"

	"botd/engine"
	"botd/engine/script/lualib"
)

// mismatch says what is wrong with a value. The zero pointer means nothing is.
type mismatch struct {
	path string
	want string
	got  lua.LValue
	msg  string // instead of want and got
}

func wrongType(want string, got lua.LValue) *mismatch { return &mismatch{want: want, got: got} }

// at adds the place within a table where the mismatch is.
func (m *mismatch) at(place string) *mismatch {
	if m == nil {
		return nil
	}
	switch {
	case m.path == "" || strings.HasPrefix(m.path, "["):
		m.path = place + m.path
	default:
		m.path = place + "." + m.path
	}
	return m
}

func (m *mismatch) text() string {
	msg := m.msg
	if msg == "" {
		msg = fmt.Sprintf("expected %s, got %s", m.want, described(m.got))
	}
	if m.path != "" {
		return m.path + ": " + msg
	}
	return msg
}

// described names the type of a value, and the value where that helps.
func described(v lua.LValue) string {
	switch v := v.(type) {
	case *lua.LNilType:
		return "nil"
	case lua.LBool:
		return v.String()
	case lua.LNumber:
		return "the number " + shown(v)
	case lua.LString:
		return "the string " + strconv.Quote(clip(string(v)))
	case *lua.LUserData:
		if name, ok := v.Metatable.(*lua.LTable); ok {
			if s, ok := name.RawGetString("__name").(lua.LString); ok {
				return article(string(s))
			}
		}
		return "an object"
	}
	return article(v.Type().String())
}

func article(noun string) string {
	if strings.ContainsRune("aeiou", rune(noun[0])) && !strings.HasPrefix(noun, "us") {
		return "an " + noun
	}
	return "a " + noun
}

func shown(v lua.LValue) string {
	if n, ok := v.(lua.LNumber); ok {
		return lualib.FormatNumber(float64(n))
	}
	return clip(v.String())
}

func clip(s string) string {
	if len(s) > 60 {
		return strings.ToValidUTF8(s[:60], "") + "…"
	}
	return s
}

// mismatchError carries a mismatch through the error of a [Decoder].
type mismatchError struct{ m *mismatch }

func (e *mismatchError) Error() string { return e.m.text() }

// Expected is the error of a [Decoder] that got a value of the wrong type.
func Expected(want string, got Value) error { return &mismatchError{wrongType(want, got.lua())} }

// UnknownName is the error of a [Decoder] that got a name it does not know; it says
// which one may have been meant.
func UnknownName(what, got string, known []string) error {
	return &mismatchError{&mismatch{msg: unknown(what, got, known)}}
}

func messageOf(err error) string {
	if e := engine.AsError(err); e.Msg != "" && e.Code != engine.Internal {
		return e.Msg
	}
	return err.Error()
}
