package engine_test

import (
	"math"
	"reflect"
	"time"

	"pgregory.net/rapid"

	"botd/engine"
)

// special draws the types whose values are fewer than their representation allows.
var special = map[reflect.Type]func(*rapid.T) any{
	reflect.TypeFor[time.Time](): func(t *rapid.T) any {
		if rapid.Bool().Draw(t, "zero time") {
			return time.Time{}
		}
		// The years JSON can write: 0 to 9999.
		sec := rapid.Int64Range(-62_135_596_800, 253_402_300_799).Draw(t, "seconds")
		return time.Unix(sec, rapid.Int64Range(0, 999_999_999).Draw(t, "nanoseconds")).UTC()
	},
	reflect.TypeFor[engine.Role](): func(t *rapid.T) any {
		return rapid.Custom(func(t *rapid.T) engine.Role {
			return engine.Role(rapid.Uint8Max(uint8(engine.Owner)).Draw(t, "rung"))
		}).Draw(t, "role")
	},
	reflect.TypeFor[engine.CapSet](): func(t *rapid.T) any {
		return engine.CapSet(rapid.Uint64().Draw(t, "bits")) & engine.AllCaps
	},
}

// draw fills v, of any type the vocabulary is made of, with a random value. It goes
// by reflection so that a new field is tested the day it is added.
func draw(t *rapid.T, v reflect.Value, depth int) {
	if v.Type() == reflect.TypeFor[engine.Private]() {
		return // does not survive, on purpose
	}
	if f, ok := special[v.Type()]; ok {
		v.Set(reflect.ValueOf(f(t)))
		return
	}
	switch v.Kind() {
	case reflect.Bool:
		v.SetBool(rapid.Bool().Draw(t, "bool"))
	case reflect.Int, reflect.Int64:
		v.SetInt(rapid.Int64().Draw(t, "int"))
	case reflect.Float64:
		v.SetFloat(finite.Draw(t, "float"))
	case reflect.String:
		v.SetString(text.Draw(t, "string"))
	case reflect.Struct:
		for _, f := range v.Fields() {
			draw(t, f, depth)
		}
	case reflect.Slice:
		n := rapid.IntRange(0, 3).Draw(t, "length")
		v.Set(reflect.MakeSlice(v.Type(), n, n))
		for i := range n {
			draw(t, v.Index(i), depth)
		}
	case reflect.Map:
		drawMap(t, v, depth)
	case reflect.Interface:
		if x := drawAny(t, depth); x != nil {
			v.Set(reflect.ValueOf(x))
		}
	default:
		t.Fatalf("no way to draw a %s: teach it to this test", v.Type())
	}
}

// text is short: there are many of them in an event.
var text = rapid.StringN(-1, 12, -1)

var finite = rapid.Float64().Filter(func(f float64) bool { return !math.IsNaN(f) && !math.IsInf(f, 0) })

func drawMap(t *rapid.T, v reflect.Value, depth int) {
	v.Set(reflect.MakeMap(v.Type()))
	for range rapid.IntRange(0, 3).Draw(t, "entries") {
		value := reflect.New(v.Type().Elem()).Elem()
		draw(t, value, depth)
		v.SetMapIndex(reflect.ValueOf(text.Draw(t, "key")).Convert(v.Type().Key()), value)
	}
}

// drawAny draws what encoding/json decodes into an any.
func drawAny(t *rapid.T, depth int) any {
	kinds := 6
	if depth >= 3 {
		kinds = 4
	}
	switch rapid.IntRange(0, kinds-1).Draw(t, "any") {
	case 0:
		return nil
	case 1:
		return rapid.Bool().Draw(t, "bool")
	case 2:
		return finite.Draw(t, "number")
	case 3:
		return text.Draw(t, "string")
	case 4:
		list := make([]any, rapid.IntRange(0, 3).Draw(t, "length"))
		for i := range list {
			list[i] = drawAny(t, depth+1)
		}
		return list
	}
	object := reflect.New(reflect.TypeFor[map[string]any]()).Elem()
	drawMap(t, object, depth+1)
	return object.Interface()
}

// drawLike draws a value of the same type as zero.
func drawLike[T any](t *rapid.T, zero T) T {
	v := reflect.New(reflect.TypeOf(zero)).Elem()
	draw(t, v, 0)
	return v.Interface().(T)
}

// drawEvent draws an event with that body.
func drawEvent(t *rapid.T, body engine.Body) engine.Event {
	var e engine.Event
	v := reflect.ValueOf(&e).Elem()
	for field, value := range v.Fields() {
		if field.Name != "Body" {
			draw(t, value, 0)
		}
	}
	e.Body = body
	return e
}
