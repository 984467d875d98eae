package luaapi_test

import (
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"

	"botd/luaapi/luaapitest"
)

func TestJSON(t *testing.T) {
	runSnippets(t, nil, []snippet{
		{"encode", `out(json.encode({b = 1, a = {true, "x", 1.5}, c = json.null}))`, `{"a":[true,"x",1.5],"b":1,"c":null}`, ""},
		{"scalars", `out(json.encode(nil), json.encode(1), json.encode("a\"\n<"), json.encode(false), json.encode(1e21))`, `null 1 "a\"\n<" false 1e+21`, ""},
		{"empty", `out(json.encode({}), json.encode(json.array()), json.encode(json.array({})), json.encode(json.decode("[]")))`, `{} [] [] []`, ""},
		{"emptied list", `local l = json.decode("[1]") table.remove(l) out(json.encode(l))`, `[]`, ""},
		{"indent", `out(json.encode({a = {1}}, {indent = true}))`, "{\n  \"a\": [\n    1\n  ]\n}", ""},
		{"no functions", `json.encode({a = {print}})`, "", `json.encode: argument 1 (value): a[1]: expected plain data`},
		{"no objects", `json.encode(bot.room("lobby/lobby"))`, "", `got a room`},
		{"no nan", `json.encode(0/0)`, "", `the number is not finite`},
		{"no circle", `local t = {} t[1] = {x = t} json.encode(t)`, "", `[1].x: the table contains itself`},
		{"the same table twice", `local t = {1} out(json.encode({t, t}))`, `[[1],[1]]`, ""},
		{"too deep", `local t = {} for i = 1, 40 do t = {t} end json.encode(t)`, "", `tables within tables, more than 32 deep`},
		{"too much", `local t = {} for i = 1, 1e5 do t[i] = i end json.encode(t)`, "", `too much data`},
		{"decode", `local v = json.decode('{"a":[1,null,"x"],"b":{"c":true},"d":null}') out(v.a[1], v.a[2], v.a[3], #v.a, v.b.c, v.d, v.d == json.null, v.e)`, "1 null x 3 true null true nil", ""},
		{"decode scalars", `out(json.decode("1.5"), json.decode('"x"'), json.decode("true"), json.decode(" null "))`, "1.5 x true null", ""},
		{"bad text", `out(json.decode('{"a": 1,\n x}'))`, "nil invalid: line 2, column 2: invalid character 'x' looking for beginning of object key string", ""},
		{"cut off", `out(json.decode('{"a":'))`, "nil invalid: line 1, column 5: unexpected end of JSON input", ""},
		{"empty text", `out(json.decode(''))`, "nil invalid: line 1, column 0: unexpected end of JSON input", ""},
		{"too many values", `out(json.decode("[" .. ("1,"):rep(100001) .. "1]"))`, "nil quota: too much JSON: at most 100000 values, 100 deep", ""},
		{"too deep a text", `out(json.decode(("["):rep(101)))`, "nil quota: too much JSON: at most 100000 values, 100 deep", ""},
		{"brackets in a string", `out(#json.decode('["' .. ("[,"):rep(100001) .. '\\""]')[1])`, "200003", ""},
		{"array of something else", `json.array(5)`, "", `json.array: argument 1 (list): expected a list, got the number 5`},
		{"null is read-only", `json.null.x = 1`, "", `attempt to index`},
	})
}

// decoded puts together what a script logged in base64.
func decoded(t *testing.T, b *luaapitest.Bot) string {
	t.Helper()
	var all strings.Builder
	for _, line := range b.Logs() {
		all.WriteString(line.Msg)
	}
	plain, err := base64.StdEncoding.DecodeString(all.String())
	if err != nil {
		t.Fatal(err)
	}
	return string(plain)
}

// FuzzJSON checks that what json.decode accepts is what encoding/json accepts, and that
// json.encode gives the same data back.
func FuzzJSON(f *testing.F) {
	for _, s := range []string{`{"a":[1,null,"x",{}],"b":[]}`, `1e5`, `"\u0000\ud800"`, `[[]]`, `{"":0}`, `[null]`, `{"1":2}`, `nul`, "\xff", `{"a":1,"a":[]}`, `[1,{"x":null}]`, `["` + strings.Repeat("<", 4000) + `"]`, `["` + strings.Repeat("\u2028", 1300) + `"]`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		text = text[:min(len(text), 4096)]
		luaapitest.Run(t, func(b *luaapitest.Bot) {
			b.Must(`bot.on("a.b", function(ev)
				local v, err = json.decode(ev.data)
				local s = base64.encode(err and "error" or json.encode(v)) -- the log mends what cannot be shown, and cuts
				for i = 1, #s, 1000 do log.info(s:sub(i, i + 999)) end
			end)`)
			b.Emit(originOf(b), "a.b", text)
			b.Settle()
			if len(b.Errors()) > 0 {
				if msg := b.Errors()[0].Error(); !strings.Contains(msg, "more than 32 deep") {
					t.Fatalf("%q: %v", text, msg)
				}
				return
			}
			got := decoded(t, b)
			var want any
			if json.Unmarshal([]byte(text), &want) != nil {
				if got != "error" {
					t.Fatalf("%q was taken for %s", text, got)
				}
				return
			}
			var again any
			if err := json.Unmarshal([]byte(got), &again); err != nil {
				t.Fatalf("%q became %q: %v", text, got, err)
			}
			x, _ := json.Marshal(want)
			y, _ := json.Marshal(again)
			if string(x) != string(y) {
				t.Fatalf("%q became %s, not %s", text, y, x)
			}
		})
	})
}
