-- Arithmetic, coercion and comparison, as far as the library has a hand in them.
print("10" + 5, "10" * "2", 10 .. 20, "3" - 1, "0x10" + 0, " 5 " + 1)
-- expect: 15	20	1020	2	16	6
print("010" + 0, "0010" + 0, 010, 0010, 08, 00)
-- expect: 10	10	10	10	8	0
print(-"2", -"0x10", "2" ^ "3", "7" % "4", "7" / 2, -"010")
-- expect: -2	-16	8	3	3.5	-10
print(pcall(function() return "a" + 1 end))
-- expect: false	test.lua:5: attempt to perform arithmetic on a string value
print(pcall(function() return 1 + "a" end))
-- expect: false	test.lua:6: attempt to perform arithmetic on a string value
print(pcall(function() return {} + "a" end))
-- expect: false	test.lua:7: attempt to perform arithmetic on a table value
print(pcall(function() return "1_0" + 1 end))
-- expect: false	test.lua:8: attempt to perform arithmetic on a string value
print(pcall(function() return "0b11" + 1 end))
-- expect: false	test.lua:9: attempt to perform arithmetic on a string value
print(pcall(function() return -"x" end))
-- expect: false	test.lua:10: attempt to perform arithmetic on a string value
print(2 ^ 10, 2 ^ 0.5, 2 ^ -1, (-2) ^ 2, -2 ^ 2)
-- expect: 1024	1.4142135623731	0.5	4	-4
print(7 / 2, -7 / 2, 1 / 3, 10 / 2)
-- expect: 3.5	-3.5	0.33333333333333	5
print(5 % 3, -5 % 3, 5 % -3, -5 % -3, 5.5 % 2, -0.5 % 1, 3 % 0.7)
-- expect: 2	1	-1	-2	1.5	0.5	0.2
print(1e308 * 10, -1e308 * 10)
-- expect: inf	-inf
print("a" < "b", "a" < "B", "" < "a", "a\0b" < "a\0c", "Z" < "a", "10" < "9")
-- expect: true	false	true	true	true	true
print(1 == "1", "1" == "1", 0 == -0, 1 < 2, 2 <= 2)
-- expect: false	true	true	true	true
print(pcall(function() return 1 < "2" end))
-- expect: false	test.lua:17: attempt to compare number with string
print((pcall(function() return {} < {} end)))
-- expect: false
print(pcall(function() return nil < 1 end))
-- expect: false	test.lua:19: attempt to compare nil with number
local V = {}
V.__index = V
V.__add = function(a, b) return "add" end
V.__sub = function(a, b) return "sub" end
V.__mul = function(a, b) return "mul" end
V.__div = function(a, b) return "div" end
V.__mod = function(a, b) return "mod" end
V.__pow = function(a, b) return "pow" end
V.__unm = function(a) return "unm" end
V.__concat = function(a, b) return (type(a) == "table" and "T" or a) .. "~" .. (type(b) == "table" and "T" or b) end
V.__lt = function(a, b) return true end
V.__le = function(a, b) return false end
V.__len = function() return 99 end
V.__call = function(self, ...) return "call", ... end
local v = setmetatable({}, V)
print(v + 1, 1 + v, "x" + v, v + "x", v - v, v * 2, 2 / v, v % "5", "5" ^ v, -v)
-- expect: add	add	add	add	sub	mul	div	mod	pow	unm
print(v .. "a", "a" .. v, 1 .. v, v .. 1, v .. v)
-- expect: T~a	a~T	1~T	T~1	T~T
print("a" .. v .. "b", "a" .. "b" .. v, v .. "a" .. "b", "a" .. "b" .. v .. "c" .. "d")
-- expect: aT~b	ab~T	T~ab	abT~cd
print(v < v, v <= v, v > v, v >= v)
-- expect: true	false	true	false
print(v(1, 2))
-- expect: call	1	2
print(pcall(function() return "a" .. {} end) == false, pcall(function() return nil .. "x" end) == false)
-- expect: true	true
print(pcall(function() return {} .. {} end))
-- expect: false	test.lua:41: attempt to concatenate a table value
print(1 .. "", 1.5 .. "", -1 .. "", 1e15 .. "", 2 ^ 53 .. "|" .. 1 / 3)
-- expect: 1	1.5	-1	1e+15	9.007199254741e+15|0.33333333333333
print(("x"):rep(3), #"abc", ("abc"):len(), ("%d"):format(7))
-- expect: xxx	3	3	7
print(pcall(function() return ("x").y.z end) == false, ("x").nothing)
-- expect: true	nil
print(pcall(function() local s = "x" s.y = 1 end) == false)
-- expect: true
print(0x10, 0xA, 0Xff, 1e2, 1E-2, .5, 5., 3.0, 0x1p4)
-- expect: 16	10	255	100	0.01	0.5	5	3	16
print("\65\066\0067|\n|\t|\\|\"|\'|\a|\z" == "ABC7|\n|\t|\\|\"|'|\7|z")
-- expect: false
print("a\
-- expect: a\nb	single "double"	long\nstring	with ]] in it	2
b", 'single "double"', [[long
string]], [==[with ]] in it]==], #[[

x]])
-- [[ a comment ]] that is short
--[==[ a long
comment ]] ]==] print("after long comment")
-- expect: after long comment
--[=x not a long comment
print("next line")
-- expect: next line
