package config

import (
	"encoding"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"reflect"
	"strconv"
	"strings"
	"time"

	"botd/engine"
)

var (
	durationType = reflect.TypeFor[time.Duration]()
	levelType    = reflect.TypeFor[slog.Level]()
	textType     = reflect.TypeFor[encoding.TextUnmarshaler]()
)

// isScalar reports whether values of type t are written as one text.
func isScalar(t reflect.Type) bool {
	if t.Implements(textType) || reflect.PointerTo(t).Implements(textType) {
		return true
	}
	switch t.Kind() {
	case reflect.Struct, reflect.Slice, reflect.Map, reflect.Interface, reflect.Pointer:
		return false
	}
	return true
}

// setScalar sets into from its text. The errors do not show the text: the caller
// knows whether it is a secret.
func setScalar(into reflect.Value, text string) error {
	switch into.Type() {
	case durationType:
		return setDuration(into, text)
	case levelType:
		return setLevel(into, text)
	}
	if u, ok := into.Addr().Interface().(encoding.TextUnmarshaler); ok {
		return setText(into, u, text)
	}
	switch kind := into.Kind(); {
	case kind == reflect.String:
		into.SetString(text)
	case kind == reflect.Bool:
		return setBool(into, text)
	case into.CanInt():
		return setInt(into, text)
	case into.CanUint():
		return setUint(into, text)
	case into.CanFloat():
		return setFloat(into, text)
	default:
		return engine.Errorf(engine.Internal, "a value of type %s cannot be configured", into.Type())
	}
	return nil
}

func setDuration(into reflect.Value, text string) error {
	d, err := time.ParseDuration(text)
	if err != nil || d < 0 {
		return want(`a duration such as "500ms", "2s" or "5m"`)
	}
	into.SetInt(int64(d))
	return nil
}

var levels = []slog.Level{slog.LevelDebug, slog.LevelInfo, slog.LevelWarn, slog.LevelError}

func setLevel(into reflect.Value, text string) error {
	for _, level := range levels {
		if strings.EqualFold(level.String(), text) {
			into.SetInt(int64(level))
			return nil
		}
	}
	return want("one of debug, info, warn, error")
}

func setBool(into reflect.Value, text string) error {
	switch text {
	case "true":
		into.SetBool(true)
	case "false":
		into.SetBool(false)
	default:
		return want("true or false")
	}
	return nil
}

func setInt(into reflect.Value, text string) error {
	bits := into.Type().Bits()
	n, err := strconv.ParseInt(text, 0, bits)
	if errors.Is(err, strconv.ErrRange) {
		return want(fmt.Sprintf("a whole number from %d to %d", int64(-1)<<(bits-1), ^(int64(-1) << (bits - 1))))
	}
	if err != nil {
		return want("a whole number")
	}
	into.SetInt(n)
	return nil
}

func setUint(into reflect.Value, text string) error {
	bits := into.Type().Bits()
	n, err := strconv.ParseUint(text, 0, bits)
	if err != nil {
		return want(fmt.Sprintf("a whole number from 0 to %d", uint64(math.MaxUint64)>>(64-bits)))
	}
	into.SetUint(n)
	return nil
}

func setFloat(into reflect.Value, text string) error {
	f, err := parseFloat(text, into.Type().Bits())
	if err != nil {
		return want("a number")
	}
	into.SetFloat(f)
	return nil
}

// setText leaves it to the type. Its error may show the text, so only that of our own
// types is used.
func setText(into reflect.Value, u encoding.TextUnmarshaler, text string) error {
	err := u.UnmarshalText([]byte(text))
	if err == nil {
		return nil
	}
	if _, ours := u.(*Size); ours {
		return want(`a size such as "64KiB", "64MiB" or "1GiB"`)
	}
	return want("a valid " + strings.ToLower(into.Type().Name()))
}

func parseFloat(text string, bits int) (float64, error) {
	f, err := strconv.ParseFloat(text, bits)
	if err == nil && (math.IsInf(f, 0) || math.IsNaN(f)) {
		err = strconv.ErrSyntax // neither JSON nor YAML's users have a use for them
	}
	return f, err
}

func want(what string) error { return engine.Errorf(engine.Invalid, "want %s", what) }

// scalarText is the inverse of setScalar.
func scalarText(v reflect.Value) string {
	switch x := v.Interface().(type) {
	case slog.Level:
		return strings.ToLower(x.String())
	case encoding.TextMarshaler:
		if b, err := x.MarshalText(); err == nil {
			return string(b)
		}
	case time.Duration:
		return durationText(x)
	}
	switch {
	case v.Kind() == reflect.String:
		return v.String()
	case v.Kind() == reflect.Bool:
		return strconv.FormatBool(v.Bool())
	case v.CanInt():
		return strconv.FormatInt(v.Int(), 10)
	case v.CanUint():
		return strconv.FormatUint(v.Uint(), 10)
	case v.CanFloat():
		return strconv.FormatFloat(v.Float(), 'g', -1, 64)
	}
	return ""
}

// durationText is "5m" where the library writes "5m0s".
func durationText(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}
