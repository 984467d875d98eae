package luaapi

import (
	"maps"
	"math/rand/v2"
	"slices"
	"strings"

	"botd/engine/script"
	"botd/luaapi/internal/args"
)

// rng is chance: dice, lots and shuffled lists.
var rngModule = script.Module{Name: "rng", Pure: true, Members: []script.Member{
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

// rngDice rolls dice and returns the sum, and a list of what each die showed.
func rngDice(c *script.Call, a diceArgs) (script.Values, error) {
	notation, err := args.ParseDice(a.Spec)
	if err != nil {
		return nil, err
	}
	r := dice(c)
	sum, rolls := 0, []script.Value{}
	for _, t := range notation {
		if t.Sides == 0 {
			sum += t.Sign * t.Count
			continue
		}
		for range t.Count {
			roll := 1 + r.IntN(t.Sides)
			sum += t.Sign * roll
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
