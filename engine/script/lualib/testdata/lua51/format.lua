-- string.format
local f = string.format
local function err(...)
  local a, b, c, d = ...
  if select("#", ...) == 1 then return pcall(function() string.format(a) end) end
  return pcall(function() string.format(a, b, c, d) end)
end
print(f("%d %i %u", 1, 2, 3), f("%5d|%-5d|%05d|%+d|% d", 42, 42, 42, 42, 42), f("%.3d|%8.3d|%-8.3d|", 7, 7, 7))
-- expect: 1 2 3	   42|42   |00042|+42| 42	007|     007|007     |
print(f("%d", 3.7), f("%d", -3.7), f("%d", "10"), f("%d", 2 ^ 31), f("%d", -2 ^ 53), f("%.0d|", 0), f("%+.3d", 5))
-- expect: 3	-3	10	2147483648	-9007199254740992	|	+005
print(f("%u", 2 ^ 32), f("%x %X %#x %#X", 255, 255, 255, 255), f("%o %#o", 8, 8), f("%08x", 48879), f("%x", -1), f("%#x", 0))
-- expect: 4294967296	ff FF 0xff 0XFF	10 010	0000beef	ffffffffffffffff	0
print(f("%c%c%c", 72, 105, 33), f("%5c|%-5c|", 65, 65))
-- expect: Hi!	    A|A    |
print(f("%f", 1), f("%.2f", 1.005), f("%10.3f|%-10.3f|%+.1f", 3.14159, 3.14159, 2), f("%.0f", 0.5), f("%.0f", 1.5), f("%#.0f", 1))
-- expect: 1.000000	1.00	     3.142|3.142     |+2.0	0	2	1.
print(f("%e", 12345.678), f("%.2e", 0), f("%E", 1e-10), f("%12.3e|", 1e100), f("%.0e", 15))
-- expect: 1.234568e+04	0.00e+00	1.000000E-10	  1.000e+100|	2e+01
print(f("%g", 1e20), f("%g", 1e-5), f("%g", 123456), f("%g", 1234567), f("%.3g", 1234.5), f("%G", 1e-10), f("%g", 0.1), f("%#g", 1), f("%#.3g", 100))
-- expect: 1e+20	1e-05	123456	1.23457e+06	1.23e+03	1E-10	0.1	1.00000	100.
print(f("%.14g", 1 / 3), f("%.17g", 0.1), f("%g", 100), f("%.20f", 0.5), f("%5g|%-8g|", 1.5, 2.5))
-- expect: 0.33333333333333	0.10000000000000001	100	0.50000000000000000000	  1.5|2.5     |
print(f("%f %g %e", 1 / 0, -1 / 0, 1 / 0), f("%5.1f|%-6.1f|%06.1f", -1.25, -1.25, -1.25), f("%06d|%-06d|%+05d", -42, -42, 42))
-- expect: inf -inf inf	 -1.2|-1.2  |-001.2	-00042|-42   |+0042
print(f("%s %s %s", "a", 1, 1.5), f("%5s|%-5s|%.2s|%5.1s|", "abc", "abc", "abc", "abc"), f("%s", ""), f("%10s|", "x"))
-- expect: a 1 1.5	  abc|abc  |ab|    a|		         x|
print(f("%q", 'a "quoted" \\ line\nnext\0end\r'), f("%q", ""), f("%q", 5))
-- expect: "a \"quoted\" \\ line\\nnext\000end\r"	""	"5"
print(f("100%%"), f("%%d"), f("%5d%%", 10), f(""), f("no verbs"), f("%s%%%s", "a", "b"))
-- expect: 100%	%d	   10%		no verbs	a%b
print(#f("%s", ("x"):rep(200)), #f("%99d", 1), #f("%.99f", 1), #f("%-99s|", "x"))
-- expect: 200	99	101	100
print(err("%d"))
-- expect: false	test.lua:5: bad argument #2 to 'format' (no value)
print(err("%d", "x"))
-- expect: false	test.lua:6: bad argument #2 to 'format' (number expected, got string)
print(err("%d", {}))
-- expect: false	test.lua:6: bad argument #2 to 'format' (number expected, got table)
print(err("%s"))
-- expect: false	test.lua:5: bad argument #2 to 'format' (no value)
print(err("%y", 1))
-- expect: false	test.lua:6: invalid option '%y' to 'format'
print(err("%", 1))
-- expect: false	test.lua:6: invalid option '%' to 'format'
print(err("%100d", 1))
-- expect: false	test.lua:6: invalid format (width or precision too long)
print(err("%.100d", 1))
-- expect: false	test.lua:6: invalid format (width or precision too long)
print(err("%0000000d", 1))
-- expect: false	test.lua:6: invalid format (repeated flags)
print(err("%c", "x"))
-- expect: false	test.lua:6: bad argument #2 to 'format' (number expected, got string)
print(err("%d", 1, 2, 3))
-- expect: true
print(f("%-+5d|%+-5d|%0+5d|% 05d", 1, 2, 3, 4), f("%-05d|", 5), f("% d|% d", 5, -5), f("%+s|", "x") == "x|")
-- expect: +1   |+2   |+0003| 0004	5    |	 5|-5	true
print(f("%5.2f and %-8s|%03d", 3.14159, "left", 7), f("%d%s%d", 1, "x", 2), f("%.3f", 2 / 3), f("%.10g", 0.1))
-- expect:  3.14 and left    |007	1x2	0.667	0.1
print(f("%i", 2 ^ 40), f("%d", -0.5), f("%5.3s|", "abcdef"), f("%.0s|", "abc"), f("%s", -0.5), f("%d", 1e15))
-- expect: 1099511627776	0	  abc|	|	-0.5	1000000000000000
