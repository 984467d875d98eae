package luaapi_test

import "testing"

func TestBase64(t *testing.T) {
	runSnippets(t, nil, []snippet{
		{"encode", `out(base64.encode("hello"), base64.encode("") == "", base64.encode("\255\254?"), base64.encode("\255\254?", {url = true}))`, "aGVsbG8= true //4/ __4_", ""},
		{"decode", `out(base64.decode("aGVsbG8="), base64.decode("aGVs\n bG8"), base64.decode("__4_") == "\255\254?", base64.decode("") == "")`, "hello hello true true", ""},
		{"no base64", `out(base64.decode("a"), base64.decode("!!!!"))`, `nil nil invalid: "!!!!" is not base64`, ""},
		{"unknown option", `base64.encode("x", {safe = true})`, "", "base64.encode: argument 2 (opts): unknown option \"safe\"; there are url"},
		{"no text", `base64.encode({})`, "", "base64.encode: argument 1 (text): expected a string, got a table"},
	})
}

func TestHash(t *testing.T) {
	runSnippets(t, nil, []snippet{
		{"sha256", `out(hash.sha256("abc"))`, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", ""},
		{"hmac", `out(hash.hmac_sha256("Jefe", "what do ya want for nothing?"))`, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843", ""},
		{"equal", `out(hash.equal("ab", "ab"), hash.equal("ab", "ac"), hash.equal("a", "ab"))`, "true false false", ""},
		{"no key", `hash.hmac_sha256("x")`, "", "hash.hmac_sha256: argument 2 (text)"},
		{"costs", `local s = ("x"):rep(1000000) for i = 1, 1000 do hash.sha256(s) end`, "", "stopped: more than"},
	})
}

func TestURL(t *testing.T) {
	runSnippets(t, nil, []snippet{
		{"parse", `local u = assert(url.parse("HTTPS://ann@Example.com:8443/a%20b?q=x+y&q=z&n=1#top")) out(u.scheme, u.user, u.host, u.port, u.path, u.query.q, u.query.n, u.fragment)`, "https ann Example.com 8443 /a b x y 1 top", ""},
		{"port of the scheme", `out(url.parse("http://x").port, url.parse("wss://x/").port, url.parse("x:y").port)`, "80 443 nil", ""},
		{"no address", `out(url.parse("http://[x"), (url.parse("http://x/%zz")))`, "nil nil", ""},
		{"why it is none", `local _, err = url.parse(":x") out(err)`, `invalid: ":x" is not an address: missing protocol scheme`, ""},
		{"encode a text", `out(url.encode("a b&c/ü?"), url.encode(1.5))`, "a%20b%26c%2F%C3%BC%3F 1.5", ""},
		{"encode a table", `out(url.encode{q = "a b", n = 10000000, list = {1, 2}, yes = true}, url.encode{} == "")`, "list=1&list=2&n=10000000&q=a%20b&yes=true true", ""},
		{"encode a list", `url.encode{1, 2}`, "", "url.encode: argument 1 (value): expected names with values, got a list"},
		{"encode what is no text", `url.encode{x = {y = {}}}`, "", "url.encode: argument 1 (value): x: expected a string, a number or a boolean, or a list of them"},
		{"encode nothing", `url.encode(true)`, "", "url.encode: argument 1 (value)"},
		{"decode", `out(url.decode("a%20b+c"), url.decode(url.encode("50% & more?")))`, "a b c 50% & more?", ""},
		{"decode fails", `out(url.decode("%zz"))`, `nil invalid: invalid URL escape "%zz"`, ""},
		{"join", `out(url.join("https://x.org/a/b", "../c?d"), url.join("https://x.org/a", "http://y/"), (url.join("x", "%")))`, "https://x.org/c?d http://y/ nil", ""},
	})
}

func TestCSV(t *testing.T) {
	runSnippets(t, nil, []snippet{
		{"decode", `local t = assert(csv.decode('a,"b, ""c""",d\n1,2\n')) out(#t, t[1][1], t[1][2], t[2][2], #t[2])`, `2 a b, "c" 2 2`, ""},
		{"decode with a header", `local t = csv.decode("name;n\nann;1\nbob;2;x\ncy", {header = true, sep = ";"}) out(#t, t[1].name, t[2].n, t[3].n)`, "3 ann 2 nil", ""},
		{"nothing", `out(#csv.decode(""), #csv.decode("a,b", {header = true}))`, "0 0", ""},
		{"no table", `out(csv.decode('a\n"b'))`, `nil invalid: line 2, column 3: extraneous or missing " in quoted-field`, ""},
		{"too large", `local _, err = csv.decode((","):rep(100000)) out(err)`, "quota: a table of more than 100000 cells", ""},
		{"separator", `csv.decode("", {sep = "ab"})`, "", `csv.decode: argument 2 (opts): sep: expected one character, got "ab"`},
		{"encode", `out(csv.encode{{"a", 'b "c"', 1.5}, {true, nil, "x,y"}, {}})`, "a,\"b \"\"c\"\"\",1.5\ntrue,,\"x,y\"\n\n", ""},
		{"there and back", `local t = csv.decode(csv.encode({{"a\nb", "ü"}}, {sep = "\t"}), {sep = "\t"}) out(t[1][1] == "a\nb", t[1][2])`, "true ü", ""},
		{"encode no row", `csv.encode{1}`, "", "csv.encode: argument 1 (rows): row 1: expected a list, got the number 1"},
		{"encode too much", `local s = ("x"):rep(600000) csv.encode{{s}, {s}}`, "", "csv.encode: the result would be longer than 1048576 bytes"},
	})
}

func TestYAML(t *testing.T) {
	runSnippets(t, nil, []snippet{
		{"decode", `local t = assert(yaml.decode("a: [1, 2.5, x]\nb: {c: true, 7: seven}\nd: null\ne: 2026-03-01\n")) out(#t.a, t.a[2], t.a[3], t.b.c, t.b["7"], t.d == json.null, t.e)`, "3 2.5 x true seven true 2026-03-01", ""},
		{"a text", `out(yaml.decode("hello"), yaml.decode("- a\n- b")[2], yaml.decode(""))`, "hello b null", ""},
		{"aliases", `local t = yaml.decode("a: &x {n: 1}\nb: *x\n") out(t.b.n)`, "1", ""},
		{"no yaml", `out(yaml.decode("a: [1"))`, "nil invalid: line 1: did not find expected ',' or ']'", ""},
		{"a bomb", `local s = "a: &a [1,1,1,1,1,1,1,1,1]\n" for i = 98, 106 do local c, p = string.char(i), string.char(i - 1) s = s .. c .. ": &" .. c .. " [" .. ("*" .. p .. ","):rep(8) .. "*" .. p .. "]\n" end local v, err = yaml.decode(s) out(v, err.code)`, "nil invalid", ""},
		{"too deep", `local v, err = yaml.decode(("["):rep(200) .. ("]"):rep(200)) out(v, err)`, "nil quota: too much YAML: at most 100000 values, 100 deep", ""},
		{"too long", `local v, err = yaml.decode(("x"):rep(300000)) out(v, err)`, "nil quota: too much YAML: 256 KiB at most", ""},
		{"no text", `yaml.decode(nil)`, "", "yaml.decode: argument 1 (text): expected a string, got nil"},
	})
}

func TestRE(t *testing.T) {
	runSnippets(t, nil, []snippet{
		{"find", `local r = re.compile[[(\d+)\s*(kg|lb)]] out(r:find("it is 12 kg")) out(r:find("none")) out(r, r.source)`, "7 11 12 kg\nnil\n(\\d+)\\s*(kg|lb) (\\d+)\\s*(kg|lb)", ""},
		{"find from", `local r = re.compile"a" out(r:find("banana", 3), (r:find("banana", -1)), (r:find("a", 5)))`, "4 6 nil", ""},
		{"match", `out(re.compile"b.":match("abc")) out(re.compile"(b)(x)?":match("abc")) out(re.compile"^b":match("abc"))`, "bc\nb nil\nnil", ""},
		{"flags", `out(re.compile("B", "i"):test("abc"), re.compile("^c", "m"):test("ab\nc"), re.compile("b.c", "s"):test("b\nc"), re.compile"(?i)B":test("abc"), re.compile"B":test("abc"))`, "true true true true false", ""},
		{"all", `local t = re.compile[[\w+]]:all("one two three", 2) out(#t, t[1], t[2]) t = re.compile[[(\w)(\d)?]]:all("a1 b") out(#t, t[1][2], t[2][1], t[2][2])`, "2 one two\n2 1 b nil", ""},
		{"gsub a text", `out(re.compile[[(\w+)@(\w+)]]:gsub("ann@home bob@work", "$2 of ${1}, $$1, $0"))`, "home of ann, $1, ann@home work of bob, $1, bob@work 2", ""},
		{"gsub a table", `out(re.compile[[\w+]]:gsub("a b c", {a = "1", b = false, c = 3}))`, "1 b 3 3", ""},
		{"gsub a function", `out(re.compile[[(\w)(\w)]]:gsub("ab cd", function(x, y) if x == "a" then return y .. x end end))`, "ba cd 2", ""},
		{"gsub some", `out(re.compile"a":gsub("aaa", "b", 2))`, "bba 2", ""},
		{"gsub by nothing", `re.compile"a":gsub("a", true)`, "", "gsub: argument 2 (repl): expected"},
		{"split", `out(table.concat(re.compile[[,\s*]]:split("a, b,c"), "|"), #re.compile"x":split(""), table.concat(re.compile",":split("a,b,c", 2), "|"))`, "a|b|c 1 a|b,c", ""},
		{"escape", `out(re.escape("a.b*"), re.compile("^" .. re.escape("a.b*") .. "$"):test("a.b*"))`, `a\.b\* true`, ""},
		{"wrong", `re.compile"a("`, "", "re.compile: argument 1 (pattern): missing closing ): `a(`"},
		{"looks back", `re.compile[[(?<=a)b]]`, "", "re.compile: argument 1 (pattern): invalid"},
		{"wrong flag", `re.compile("a", "g")`, "", `re.compile: argument 2 (flags): expected letters of i, m and s, got "g"`},
		{"too complex", `re.compile"((a{100}){100}){100}"`, "", "re.compile: argument 1 (pattern): "},
		{"slow elsewhere", `out(re.compile"(x+x+)+y":test(("x"):rep(20000)))`, "false", ""},
		{"costs", `local r = re.compile"(a|b|c|d|e|f)*(a|b|c)*(x|y|z)*w" local s = ("ab"):rep(20000) for i = 1, 1000 do r:test(s) end`, "", "stopped: more than"},
		{"too long a text", `re.compile"(a|b|c|d|e|f)*x":test(("ab"):rep(200000))`, "", "regex:test: the text has 400000 bytes, too many for this expression"},
		{"grows", `re.compile"a":gsub(("a"):rep(100000), ("b"):rep(100))`, "", "the result would be longer than 1048576 bytes"},
	})
}
