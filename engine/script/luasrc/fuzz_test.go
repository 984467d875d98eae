package luasrc_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	lua "github.com/yuin/gopher-lua"

	"botd/engine/script/lualib"
	"botd/engine/script/luasrc"
)

// steps is a context that ends after a number of instructions.
type steps struct {
	context.Context
	left int
}

var ended = func() chan struct{} { c := make(chan struct{}); close(c); return c }()

func (s *steps) Done() <-chan struct{} {
	if !s.Charge(1) {
		return ended
	}
	return nil
}

func (s *steps) Charge(n int) bool { s.left -= n; return s.left >= 0 }
func (s *steps) Alloc(n int) bool  { return s.Charge(n >> 10) }
func (s *steps) Err() error        { return errors.New("out of steps") }

// FuzzCompile: whatever the source is, the loader answers with code or with an error
// that names a line, and the code does not crash the VM.
func FuzzCompile(f *testing.F) {
	for _, tt := range mistakes {
		f.Add([]byte(tt.src))
	}
	for _, tt := range sources {
		f.Add([]byte(tt.src))
	}
	for _, tt := range hostile {
		if len(tt.src) < 2000 {
			f.Add([]byte(tt.src))
		}
	}
	for seed := range uint64(5) {
		f.Add([]byte(generate(seed, false)))
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		proto, err := luasrc.Compile("fuzz", src, luasrc.Limits{Size: 64 << 10})
		if err != nil {
			var e *luasrc.Error
			if !errors.As(err, &e) || e.Line < 1 || e.Msg == "" || e.File != "fuzz" {
				t.Errorf("error without a place: %#v", err)
			}
			if e != nil && strings.Contains(e.Msg, "internal compiler fault") {
				t.Error(err)
			}
			return
		}
		L := lua.NewState(lua.Options{SkipOpenLibs: true, RegistrySize: 256, RegistryMaxSize: 16384, CallStackSize: 200})
		defer L.Close()
		lualib.Open(L, lualib.Options{MaxString: 1 << 16})
		L.SetContext(&steps{context.Background(), 20_000})
		L.Push(L.NewFunctionFromProto(proto))
		err = L.PCall(0, 0, nil)
		var api *lua.ApiError
		if errors.As(err, &api) && api.Type == lua.ApiErrorPanic {
			t.Errorf("the VM panicked: %v\n%s", err, src)
		}
	})
}
