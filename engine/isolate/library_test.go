package isolate_test

import (
	"os"
	"runtime"
	"strings"

	"botd/engine/script"
	"botd/luaapi"
)

// library is what scripts of these tests find: the whole API, and harm that no script
// could do by itself, or should be able to see.
func library() *script.Library {
	lib := luaapi.New()
	lib.Globals = append(append([]*script.Function(nil), lib.Globals...),
		script.Plain("pid", func(*script.Call, script.None) int { return os.Getpid() }),
		script.Plain("environ", func(*script.Call, script.None) string { return strings.Join(os.Environ(), "\n") }),
		script.Plain("attempt", func(_ *script.Call, a whatArgs) string { return attempt(a.What) }),
		script.Plain("spin", func(*script.Call, script.None) script.None { spin(); return script.None{} }),
		script.Plain("eat", func(*script.Call, script.None) int { return eat() }),
		script.Plain("recurse", func(*script.Call, script.None) int { return recurse(0) }),
		script.Plain("panic_beside", func(*script.Call, script.None) script.None { go panic("a bug"); select {} }),
		script.Plain("exit", func(_ *script.Call, a codeArgs) script.None { os.Exit(a.Code); return script.None{} }),
		script.Plain("raw", func(_ *script.Call, a whatArgs) script.None { os.Stdout.WriteString(a.What); return script.None{} }),
		script.Plain("stderr", func(*script.Call, script.None) script.None { flood(os.Stderr); return script.None{} }),
	)
	return lib
}

type whatArgs struct {
	What string `lua:"what"`
}

type codeArgs struct {
	Code int `lua:"code"`
}

// spin is a library function that no meter reaches.
func spin() {
	for i := 0; ; i++ {
		runtime.KeepAlive(i)
	}
}

// eat allocates what no meter sees, until the process dies of it.
func eat() int {
	var kept [][]byte
	for {
		b := make([]byte, 1<<20)
		for i := range b {
			b[i] = 1
		}
		kept = append(kept, b)
		if len(kept) > 1<<20 {
			return len(kept)
		}
	}
}

func recurse(n int) int {
	var frame [1024]byte
	frame[n%len(frame)] = 1
	if n < 0 {
		return 0
	}
	return recurse(n+1) + int(frame[0])
}

func flood(f *os.File) {
	junk := []byte(strings.Repeat("junk ", 10_000))
	for {
		f.Write(junk)
	}
}
