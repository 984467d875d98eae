-- Patterns in find, match, gmatch and gsub.
local function all(...) return select("#", ...), ... end
print(("hello world"):find("o w"), ("hello"):find("l+"), ("hello"):find("(l)(l)"), ("hello"):find("xx*"))
-- expect: 5	3	3	nil
print(("hello"):match("h(.*)o"), ("hello"):match("(h)(e)"), ("hello"):match("z"), ("hello"):match("l+"))
-- expect: ell	h	nil	ll
print(("key = value"):match("^(%w+)%s*=%s*(%w+)$"))
-- expect: key	value
print(("2024-01-31"):match("(%d+)-(%d+)-(%d+)"))
-- expect: 2024	01	31
print(("hello"):match("()ll()"), ("hello"):find("()"), ("hello"):match("()$"))
-- expect: 3	1	6
print(("abc"):match("^b"), ("abc"):match("^a"), ("abc"):match("c$"), ("abc"):match("a$"), ("a$b"):match("a$b"), ("a^b"):match("a^b"))
-- expect: nil	a	c	nil	a$b	a^b
print(("aaa"):match("a-"), ("aaa"):match("^a-$"), ("aab"):match("a-b"), ("<a><b>"):match("<.->"), ("<a><b>"):match("<.*>"))
-- expect: 	aaa	aab	<a>	<a><b>
print(("aaa"):match("a?a?a?a?a?$"), ("b"):match("a?b"), ("ab"):match("^a?b"), ("aab"):match("^a?b"))
-- expect: aaa	b	ab	nil
print(("f(a(b)c)d"):match("%b()"), ("f(a(b"):match("%b()"), ("xx"):match("%bxx"), ("xyx"):match("%bxx"))
-- expect: (a(b)c)	nil	xx	xyx
print(("THE (quick) fox"):find("%((%a+)%)"), ("THE (quick) fox"):match("%u+"))
-- expect: 5	THE
print(("THE (quick) fox"):gsub("%f[%a]%a+%f[%A]", string.lower))
-- expect: the (quick) fox	3
print(("foo.bar"):find("%f[%w]%w+", 2), ("foo"):find("%f[%z]"), (" foo"):find("%f[%w]"))
-- expect: 5	4	2	1
print(("abcabc"):match("(abc)%1"), ("abcabd"):match("(abc)%1"), ("xyyx"):match("(.)(.)%2%1"))
-- expect: abc	nil	x	y
print(("'quoted' \"text\""):match("(['\"])(.-)%1"))
-- expect: '	quoted
print(("a]b"):match("[]]"), ("a-b"):match("[a-]", 2), ("a^b"):match("[%^]"), ("a^b"):match("[b^]"), ("]"):match("[^]]"))
-- expect: ]	-	^	^	nil
print(("x-z"):match("[x%-z]+"), ("%"):match("%%"), ("a%b"):match("[%%]"), ("5"):match("[%d]"), ("a.b"):match("[.]"))
-- expect: x-z	%	%	5	.
print(("aXb"):match("[^%l]"), ("\0a"):match("%z") == "\0", ("a\0b"):match("[%z]") == "\0", ("a"):match("%Z"))
-- expect: X	true	true	a
for _, class in ipairs({ "a", "c", "d", "l", "p", "s", "u", "w", "x" }) do
  local n, up = 0, 0
  for i = 1, 255 do
    if string.char(i):match("%" .. class) then n = n + 1 end
    if string.char(i):match("%" .. class:upper()) then up = up + 1 end
  end
  print(class, n, up)
-- expect: a	52	203
-- expect: c	32	223
-- expect: d	10	245
-- expect: l	26	229
-- expect: p	32	223
-- expect: s	6	249
-- expect: u	26	229
-- expect: w	62	193
-- expect: x	22	233
end
print(("a,b,,c"):gsub(",", ";"), ("abc"):gsub("", "-"), ("abc"):gsub("x", "y"), (""):gsub("", "x"))
-- expect: a;b;;c	-a-b-c-	abc	x	1
print(("hello"):gsub("l", "L", 1), ("hello"):gsub("l", "L", 0), ("hello"):gsub("l", "L", -1), ("hello"):gsub("l", "L", 10))
-- expect: heLlo	hello	hello	heLLo	2
print(("hello world"):gsub("(%w+)", "<%1>"), ("hello"):gsub("l", "%0%0"), ("abc"):gsub("(a)(b)(c)", "%3%2%1"))
-- expect: <hello> <world>	hellllo	cba	1
print(("abc"):gsub("%w", "%%"), ("abc"):gsub("b", "%%1"), ("abc"):gsub("()", "%1"))
-- expect: %%%	a%1c	1a2b3c4	4
print(("hello world"):gsub("o", { o = "0" }), ("hello"):gsub("(l)(.)", { l = "L" }), ("abc"):gsub("%w", { a = 1, b = false }))
-- expect: hell0 w0rld	heLo	1bc	3
print(("abc"):gsub("%w", function(c) if c == "b" then return "[" .. c .. "]" end end))
-- expect: a[b]c	3
print(("abc"):gsub("(.)(.)", function(a, b) return b .. a end), ("abc"):gsub("()", function(p) return p end))
-- expect: bac	1a2b3c4	4
print(("abc"):gsub("b", function() return false end), ("abc"):gsub("b", function() end), ("abc"):gsub("b", function() return 5 end))
-- expect: abc	abc	a5c	1
print(("abc"):gsub("^a", "x"), ("aaa"):gsub("^a", "x"), ("abc"):gsub("c$", "x"), ("a.b.c"):gsub("%.", "%%"))
-- expect: xbc	xaa	abx	a%b%c	2
print(("abc def"):gsub("%w*", "x"), ("abc"):gsub(".-", "x"), ("hello"):gsub("l*", "x"), ("abc"):gsub("b*", "-"))
-- expect: xx xx	xaxbxcx	xhxexxox	-a--c-	4
print((" trim me "):gsub("^%s*(.-)%s*$", "%1"))
-- expect: trim me	1
print(("x"):rep(3):gsub("x", "%0,"))
-- expect: x,x,x,	3
print(("ab12"):gsub("%a", string.upper), ("a1"):gsub("%d", 9))
-- expect: AB12	a9	1
print(pcall(function() return ("abc"):gsub("a", "%2") end) == false)
-- expect: true
print(pcall(function() return ("abc"):gsub("a", {}) end))
-- expect: true	abc	1
print(pcall(function() return ("abc"):gsub("a", function() return {} end) end))
-- expect: false	test.lua:43: invalid replacement value (a table)
print(pcall(function() return ("abc"):gsub("a") end))
-- expect: false	test.lua:44: bad argument #2 to 'gsub' (string/function/table expected)
print(pcall(function() return ("abc"):gsub("a", true) end))
-- expect: false	test.lua:45: bad argument #2 to 'gsub' (string/function/table expected)
for w in ("one two  three"):gmatch("%a+") do print(w) end
-- expect: one
-- expect: two
-- expect: three
for k, v in ("a=1, b=2"):gmatch("(%w+)=(%w+)") do print(k, v) end
-- expect: a	1
-- expect: b	2
for p in ("abc"):gmatch("()") do print(p) end
-- expect: 1
-- expect: 2
-- expect: 3
-- expect: 4
for s in ("abc"):gmatch("") do print("[" .. s .. "]") end
-- expect: []
-- expect: []
-- expect: []
-- expect: []
for s in ("aXbX"):gmatch("(.-)X") do print("[" .. s .. "]") end
-- expect: [a]
-- expect: [b]
for s in ("^a^a"):gmatch("^a") do print("[" .. s .. "]") end
-- expect: [^a]
-- expect: [^a]
local it = ("ab"):gmatch(".")
print(it(), it(), it(), it())
-- expect: a	b	nil
for _, p in ipairs({ "[", "[a", "[]", "[^]", "%", "(", ")", "(()", "%1", "(%1)", "%b", "%bx", "%f", "%fa", "[%", "[a-", "a%", "())" }) do
  print(p, (pcall(string.find, "abc", p)))
-- expect: [	false
-- expect: [a	false
-- expect: []	false
-- expect: [^]	false
-- expect: %	false
-- expect: (	false
-- expect: )	true
-- expect: (()	false
-- expect: %1	false
-- expect: (%1)	false
-- expect: %b	false
-- expect: %bx	false
-- expect: %f	false
-- expect: %fa	false
-- expect: [%	false
-- expect: [a-	false
-- expect: a%	false
-- expect: ())	false
end
print((pcall(string.find, "abc", string.rep("()", 33))), (pcall(string.find, "abc", string.rep("()", 32))))
-- expect: false	true
print(all(("abc"):match("()(b)()")))
-- expect: 3	2	b	3
print(all(("abcdefghij"):match("(.)(.)(.)(.)(.)(.)(.)(.)(.)(.)")))
-- expect: 10	a	b	c	d	e	f	g	h	i	j
print(("  x"):match("^%s*$"), ("   "):match("^%s*$") == "   ", ("x = 1"):match("^(%w+) *= *(%d+)$"))
-- expect: nil	true	x	1
print(("äöü"):match("[ä]") == "\195", #("äöü"):match(".*"))
-- expect: true	6
print(("a\nb"):match("a.b") == "a\nb", ("aaa"):find("a", -1), ("aaa"):match("a", -2))
-- expect: true	3	a
print(("abc"):find("b", 1, false), ("a.c"):find("a.c", 1, nil), ("[x]"):find("[x]", 1, true), ("[x]"):find("[x]"))
-- expect: 2	1	1	2	2
print(("one;two;;four"):gsub(";;", ";nil;"), ("x^2"):gsub("%^", "**"), ("a-b"):gsub("-", "+"))
-- expect: one;two;nil;four	x**2	a+b	1
print(("%d"):gsub("%%d", "%%s"), ("path/to/file"):match("([^/]+)$"), ("file.tar.gz"):match("^(.-)%.(.*)$"))
-- expect: %s	file	file	tar.gz
print(("\1\2\3"):gsub("%c", "."), ("a1b2"):gsub("[a-c][1-3]", "<%0>"), ("aBc"):gsub("[%u%d]", "*"))
-- expect: ...	<a1><b2>	a*c	1
print(("x"):match("x*x*x*x*x*"), ("aaaa"):match("^(a*)(a*)$"), ("aaaa"):match("^(a-)(a*)$"), ("abab"):match("^(ab)*"))
-- expect: x	aaaa		nil
