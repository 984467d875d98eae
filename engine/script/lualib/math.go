package lualib

import (
	"math"
	"math/rand/v2"

	lua "github.com/yuin/gopher-lua"
)

var mathShared = []sharedFunction{
	{"abs", math1("abs", math.Abs)},
	{"acos", math1("acos", math.Acos)},
	{"asin", math1("asin", math.Asin)},
	{"atan", math1("atan", math.Atan)},
	{"atan2", math2("atan2", math.Atan2)},
	{"ceil", math1("ceil", math.Ceil)},
	{"cos", math1("cos", math.Cos)},
	{"cosh", math1("cosh", math.Cosh)},
	{"deg", math1("deg", func(x float64) float64 { return x * (180 / math.Pi) })},
	{"exp", math1("exp", math.Exp)},
	{"floor", math1("floor", math.Floor)},
	{"fmod", math2("fmod", math.Mod)},
	{"frexp", shared(mathFrexp)},
	{"ldexp", shared(mathLdexp)},
	{"log", shared(mathLog)},
	{"log10", math1("log10", math.Log10)},
	{"max", mathExtreme("max", func(a, b float64) bool { return a > b })},
	{"min", mathExtreme("min", func(a, b float64) bool { return a < b })},
	{"mod", math2("mod", math.Mod)},
	{"modf", shared(mathModf)},
	{"pow", math2("pow", math.Pow)},
	{"rad", math1("rad", func(x float64) float64 { return x * (math.Pi / 180) })},
	{"sin", math1("sin", math.Sin)},
	{"sinh", math1("sinh", math.Sinh)},
	{"sqrt", math1("sqrt", math.Sqrt)},
	{"tan", math1("tan", math.Tan)},
	{"tanh", math1("tanh", math.Tanh)},
}

func (l *lib) mathModule(L *lua.LState) *lua.LTable {
	t := newModule(L, mathShared, []function{
		{"random", l.mathRandom},
		{"randomseed", l.mathRandomseed},
	})
	t.RawSetString("pi", lua.LNumber(math.Pi))
	t.RawSetString("huge", lua.LNumber(math.Inf(1)))
	return t
}

func math1(name string, f func(float64) float64) *lua.LFunction {
	return shared(func(L *lua.LState) int {
		L.Push(numValue(f(checkNumber(L, 1, name))))
		return 1
	})
}

func math2(name string, f func(a, b float64) float64) *lua.LFunction {
	return shared(func(L *lua.LState) int {
		L.Push(numValue(f(checkNumber(L, 1, name), checkNumber(L, 2, name))))
		return 1
	})
}

func mathExtreme(name string, better func(a, b float64) bool) *lua.LFunction {
	return shared(func(L *lua.LState) int {
		best := checkNumber(L, 1, name)
		for i := 2; i <= L.GetTop(); i++ {
			if v := checkNumber(L, i, name); better(v, best) {
				best = v
			}
		}
		L.Push(numValue(best))
		return 1
	})
}

func mathFrexp(L *lua.LState) int {
	m, e := math.Frexp(checkNumber(L, 1, "frexp"))
	L.Push(numValue(m))
	L.Push(numValue(float64(e)))
	return 2
}

func mathLdexp(L *lua.LState) int {
	m, e := checkNumber(L, 1, "ldexp"), checkInt(L, 2, "ldexp")
	L.Push(numValue(math.Ldexp(m, min(max(e, -1<<20), 1<<20))))
	return 1
}

func mathLog(L *lua.LState) int {
	x := math.Log(checkNumber(L, 1, "log"))
	if L.Get(2) != lua.LNil {
		x /= math.Log(checkNumber(L, 2, "log"))
	}
	L.Push(numValue(x))
	return 1
}

func mathModf(L *lua.LState) int {
	x := checkNumber(L, 1, "modf")
	i, f := math.Modf(x)
	if math.IsInf(x, 0) {
		i, f = x, 0
	}
	L.Push(numValue(i))
	L.Push(numValue(f))
	return 2
}

// mathRandom scales one fraction, as Lua 5.1 does.
func (l *lib) mathRandom(L *lua.LState) int {
	r := l.rand.Float64()
	lo, hi := 1.0, 0.0
	switch L.GetTop() {
	case 0:
		L.Push(lua.LNumber(r))
		return 1
	case 1:
		hi = math.Floor(checkNumber(L, 1, "random"))
	case 2:
		lo, hi = math.Floor(checkNumber(L, 1, "random")), math.Floor(checkNumber(L, 2, "random"))
	default:
		raise(L, "wrong number of arguments")
	}
	if !(lo <= hi) {
		argError(L, L.GetTop(), "random", "interval is empty")
	}
	if hi-lo >= maxInt {
		argError(L, L.GetTop(), "random", "interval too large")
	}
	L.Push(numValue(math.Floor(r*(hi-lo+1)) + lo))
	return 1
}

func (l *lib) mathRandomseed(L *lua.LState) int {
	seed := math.Float64bits(checkNumber(L, 1, "randomseed"))
	l.rand = rand.New(rand.NewPCG(seed, seed^0x9e3779b97f4a7c15))
	return 0
}
