package luaapi

import (
	"maps"
	"math/rand/v2"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"botd/engine"
	"botd/engine/script"
)

// rng is chance: dice, lots and shuffled lists.
var rngModule = script.Module{Name: "rng", Members: []script.Member{
	script.Plain("int", rngInt), script.Plain("float", rngFloat), script.Plain("pick", rngPick),
	script.Plain("shuffle", rngShuffle), script.Plain("weighted", rngWeighted), script.Fn("dice", rngDice),
}}

// doorSource draws from the door, so that a test can say how the dice fall.
type doorSource struct{ script.Door }

func (s doorSource) Uint64() uint64 { return s.Rand() }

func dice(c *script.Call) *rand.Rand { return rand.New(doorSource{c.Door()}) }

type rngIntArgs struct {
	A int64  `lua:"a"`          // the smallest, or without b the largest from 1
	B *int64 `lua:"b,optional"` // the largest
}

// rngInt is a whole number from a to b, both included.
func rngInt(c *script.Call, a rngIntArgs) float64 {
	low, high := int64(1), a.A
	if a.B != nil {
		low, high = a.A, *a.B
	}
	if low > high {
		c.Misuse("expected a range that is not empty, got %d to %d", low, high)
	}
	return float64(low + dice(c).Int64N(high-low+1))
}

// rngFloat is a number from 0 up to, but not including, 1.
func rngFloat(c *script.Call, _ script.None) float64 { return dice(c).Float64() }

type listArgs struct {
	List []script.Value `lua:"list"`
}

// rngPick is one item of a list; nil if it is empty.
func rngPick(c *script.Call, a listArgs) script.Value {
	if len(a.List) == 0 {
		return script.Value{}
	}
	return a.List[dice(c).IntN(len(a.List))]
}

// rngShuffle is a new list with the same items in another order.
func rngShuffle(c *script.Call, a listArgs) []script.Value {
	dice(c).Shuffle(len(a.List), func(i, j int) { a.List[i], a.List[j] = a.List[j], a.List[i] })
	return a.List
}

type weightedArgs struct {
	Weights map[string]float64 `lua:"weights"` // how likely each name is, as {common = 10, rare = 1}
}

// rngWeighted is one of the names, the more often the greater its weight; nil if no
// weight is above 0.
func rngWeighted(c *script.Call, a weightedArgs) *string {
	names := slices.Sorted(maps.Keys(a.Weights))
	var sum float64
	for _, n := range names {
		if w := a.Weights[n]; w < 0 {
			c.BadArg("weights", "%s: expected a number of 0 or more, got %g", n, w)
		}
		sum += a.Weights[n]
	}
	at := dice(c).Float64() * sum
	var last *string
	for _, n := range names {
		if a.Weights[n] == 0 {
			continue
		}
		last = &n
		if at -= a.Weights[n]; at < 0 {
			break
		}
	}
	return last
}

type diceArgs struct {
	Spec string `lua:"spec"` // such as "d20", "2d6+1" or "3d8-1d4"
}

var diceTerm = regexp.MustCompile(`^([+-]?)(?:(\d{0,3})d(\d{1,4})|(\d{1,6}))`)

const (
	maxDice     = 100
	maxDiceSpec = 500 // bytes
)

// rngDice rolls dice and returns the sum, and a list of what each die showed.
func rngDice(c *script.Call, a diceArgs) (script.Values, error) {
	bad := engine.Errorf(engine.Invalid, `%q is no dice: write "2d6+1", at most %d dice of up to 9999 sides`, clip(a.Spec), maxDice)
	if len(a.Spec) > maxDiceSpec {
		return nil, bad
	}
	r := dice(c)
	sum, rolls := 0, []script.Value{}
	rest := strings.ReplaceAll(strings.ToLower(a.Spec), " ", "")
	for first := true; rest != "" || first; first = false {
		m := diceTerm.FindStringSubmatch(rest)
		if m == nil || m[1] == "" && !first {
			return nil, bad
		}
		rest = rest[len(m[0]):]
		n, sign := 0, 1
		if m[1] == "-" {
			sign = -1
		}
		if m[3] == "" {
			n, _ = strconv.Atoi(m[4])
			sum += sign * n
			continue
		}
		if n = 1; m[2] != "" {
			n, _ = strconv.Atoi(m[2])
		}
		sides, _ := strconv.Atoi(m[3])
		if n == 0 || sides == 0 || len(rolls)+n > maxDice {
			return nil, bad
		}
		for range n {
			roll := 1 + r.IntN(sides)
			sum += sign * roll
			rolls = append(rolls, c.ToLua(roll))
		}
	}
	return script.Values{c.ToLua(sum), c.NewList(rolls)}, nil
}

func clip(s string) string {
	if len(s) > 60 {
		return strings.ToValidUTF8(s[:60], "") + "…"
	}
	return s
}
