-- Base functions. Errors are shown without what differs between implementations.
local function err(f, ...)
  local ok, e = pcall(f, ...)
  return ok, e
end

print(assert(1, 2, 3))
-- expect: 1	2	3
print(assert("x"))
-- expect: x
print(err(function() assert(false) end))
-- expect: false	test.lua:9: assertion failed!
print(err(function() assert(nil, "custom") end))
-- expect: false	test.lua:10: custom
print(err(function() assert(false, 42) end))
-- expect: false	test.lua:11: 42
print(err(function() assert() end))
-- expect: false	test.lua:12: bad argument #1 to 'assert' (value expected)

print(err(function() error("plain") end))
-- expect: false	test.lua:14: plain
print(err(function() error("no position", 0) end))
-- expect: false	no position
print(err(function() error("level one", 1) end))
-- expect: false	test.lua:16: level one
local function thrower() error("level two", 2) end
local function middle()
  thrower()
end
print(err(middle))
-- expect: false	test.lua:19: level two
local function thrower3() error("level three", 3) end
local function middle3() thrower3() return 1 end
local function outer3()
  middle3() return 1
end
print(err(outer3))
-- expect: false	test.lua:25: level three
local t = {}
local _, e = pcall(error, t)
print(e == t)
-- expect: true
print(pcall(error))
-- expect: false	nil
print(pcall(error, nil))
-- expect: false	nil
print(select("#", pcall(error)))
-- expect: 2
print(err(function() error(true) end))
-- expect: false	true
print(type(select(2, err(function() error({ code = 1 }) end))))
-- expect: table
local function tail() return error("tail", 2) end
print((select(2, err(function() return tail() end))))
-- expect: tail

print(getmetatable({}))
-- expect: nil
print(getmetatable(1), getmetatable(nil), getmetatable(print))
-- expect: nil	nil	nil
local mt = {}
print(getmetatable(setmetatable({}, mt)) == mt)
-- expect: true
print(getmetatable(setmetatable({}, { __metatable = "locked" })))
-- expect: locked
print(err(function() setmetatable(setmetatable({}, { __metatable = 1 }), {}) end))
-- expect: false	test.lua:44: cannot change a protected metatable
print(err(function() setmetatable({}) end))
-- expect: false	test.lua:45: bad argument #2 to 'setmetatable' (nil or table expected)
print(err(function() setmetatable({}, 1) end))
-- expect: false	test.lua:46: bad argument #2 to 'setmetatable' (nil or table expected)
print(err(function() setmetatable(1, {}) end))
-- expect: false	test.lua:47: bad argument #1 to 'setmetatable' (table expected, got number)
print(err(function() setmetatable(nil, {}) end))
-- expect: false	test.lua:48: bad argument #1 to 'setmetatable' (table expected, got nil)
print(getmetatable(setmetatable(setmetatable({}, {}), nil)))
-- expect: nil
local s = {}
print(setmetatable(s, {}) == s)
-- expect: true

for i, v in ipairs({ 1, "a", true, nil, 5 }) do print(i, v) end
-- expect: 1	1
-- expect: 2	a
-- expect: 3	true
for i in ipairs({}) do print("never", i) end
print(err(function() ipairs() end))
-- expect: false	test.lua:55: bad argument #1 to 'ipairs' (table expected, got no value)
print(err(function() ipairs("x") end))
-- expect: false	test.lua:56: bad argument #1 to 'ipairs' (table expected, got string)
print(type((ipairs({}))), select(3, ipairs({})))
-- expect: function	0
local it, st, c = ipairs({ 7 })
print(it(st, 0))
-- expect: 1	7
print(it(st, 1))
-- expect: 

local keys = {}
for k, v in pairs({ 10, 20, a = 1, b = 2, [2.5] = "x", [true] = "y" }) do
  keys[#keys + 1] = tostring(k) .. "=" .. tostring(v)
end
table.sort(keys)
print(table.concat(keys, " "))
-- expect: 1=10 2.5=x 2=20 a=1 b=2 true=y
local n = 0
local changing = { a = 1, b = 2, c = 3, d = 4, 1, 2, 3 }
for k in pairs(changing) do changing[k] = nil n = n + 1 end
print(n, next(changing))
-- expect: 7	nil
print(next({}), next({ 5 }))
-- expect: nil	1	5
print(next({ 5 }, 1))
-- expect: nil
print(err(function() pairs() end))
-- expect: false	test.lua:74: bad argument #1 to 'pairs' (table expected, got no value)
print(err(function() next() end))
-- expect: false	test.lua:75: bad argument #1 to 'next' (table expected, got no value)
print(type(next), select("#", next({})))
-- expect: function	1

print(rawequal(1, 1), rawequal("a", "a"), rawequal({}, {}), rawequal(1, "1"), rawequal(nil, false))
-- expect: true	true	false	false	false
local eq = { __eq = function() return true end }
local a, b = setmetatable({}, eq), setmetatable({}, eq)
print(a == b, rawequal(a, b))
-- expect: true	false
print(rawget(setmetatable({ x = 1 }, { __index = { y = 2 } }), "x"))
-- expect: 1
print(rawget(setmetatable({}, { __index = { y = 2 } }), "y"))
-- expect: nil
local log = setmetatable({}, { __newindex = function() print("newindex") end })
-- expect: newindex
log.x = 1
print(rawset(log, "x", 5) == log, rawget(log, "x"))
-- expect: true	5
print((err(function() rawset({}, nil, 1) end)))
-- expect: false
print(err(function() rawget(1, 1) end))
-- expect: false	test.lua:88: bad argument #1 to 'rawget' (table expected, got number)
print((err(function() local t = {} t[nil] = 1 end)), ({})[nil])
-- expect: false	nil

print(select("#"), select("#", nil), select("#", nil, nil))
-- expect: 0	1	2
print(select(2, "a", "b", "c"))
-- expect: b	c
print(select(-1, "a", "b", "c"))
-- expect: c
print(select(-2, "a", "b", "c"))
-- expect: b	c
print(select(9, "a"))
-- expect: 
print(err(function() select(0, 1) end))
-- expect: false	test.lua:96: bad argument #1 to 'select' (index out of range)
print(err(function() select(-5, 1) end))
-- expect: false	test.lua:97: bad argument #1 to 'select' (index out of range)
print(err(function() select("x") end))
-- expect: false	test.lua:98: bad argument #1 to 'select' (number expected, got string)
print(err(function() select() end))
-- expect: false	test.lua:99: bad argument #1 to 'select' (number expected, got no value)
print(select("2", "a", "b"))
-- expect: b

print(tonumber("10"), tonumber("  10  "), tonumber("0x10"), tonumber("0XfF"), tonumber("1e2"))
-- expect: 10	10	16	255	100
print(tonumber("10a"), tonumber(""), tonumber(" "), tonumber("0x"), tonumber("1e"), tonumber("e1"))
-- expect: nil	nil	nil	nil	nil	nil
print(tonumber("010"), tonumber("-0x10"), tonumber("- 1"), tonumber("+5"), tonumber("--5"))
-- expect: 10	-16	nil	5	nil
print(tonumber(".5"), tonumber("5."), tonumber("."), tonumber("1.5.5"), tonumber("1_000"))
-- expect: 0.5	5	nil	nil	nil
print(tonumber("1e+2"), tonumber("1E-2"), tonumber("1e400"), tonumber("\t7\n"))
-- expect: 100	0.01	inf	7
print(tonumber(5), tonumber(nil), tonumber({}), tonumber(true), tonumber(print))
-- expect: 5	nil	nil	nil	nil
print(tonumber("10", 2), tonumber("ff", 16), tonumber("FF", 16), tonumber("zz", 36), tonumber("8", 8))
-- expect: 2	255	255	1295	nil
print(tonumber("7", 8), tonumber("  11  ", 2), tonumber("", 2), tonumber("1.5", 10), tonumber("12", 10))
-- expect: 7	3	nil	1.5	12
print(tonumber(10, 16), tonumber("0x1f", 16))
-- expect: 16	31
print(err(function() tonumber() end))
-- expect: false	test.lua:111: bad argument #1 to 'tonumber' (value expected)
print(err(function() tonumber("1", 1) end))
-- expect: false	test.lua:112: bad argument #2 to 'tonumber' (base out of range)
print(err(function() tonumber("1", 37) end))
-- expect: false	test.lua:113: bad argument #2 to 'tonumber' (base out of range)
print(err(function() tonumber({}, 16) end))
-- expect: false	test.lua:114: bad argument #1 to 'tonumber' (string expected, got table)
print(tonumber("0x1p4"), tonumber("0x.8"), tonumber("0xA.8p1"))
-- expect: 16	0.5	21
print(tonumber("12345678901234567890"), tonumber("0xffffffffff"))
-- expect: 1.2345678901235e+19	1099511627775

print(tostring(nil), tostring(true), tostring(false), tostring("x"))
-- expect: nil	true	false	x
print(tostring(1), tostring(-1), tostring(1.5), tostring(0.1), tostring(1 / 3))
-- expect: 1	-1	1.5	0.1	0.33333333333333
print(tostring(1e14), tostring(1e15), tostring(123456789012345), tostring(2 ^ 53), tostring(2 ^ 63))
-- expect: 1e+14	1e+15	1.2345678901234e+14	9.007199254741e+15	9.2233720368548e+18
print(tostring(1e100), tostring(-1e-5), tostring(1e-4), tostring(123456.789e3))
-- expect: 1e+100	-1e-05	0.0001	123456789
print(tostring(1 / 0), tostring(-1 / 0), 100, 1e2, 99999999999999, 100000000000000)
-- expect: inf	-inf	100	100	99999999999999	1e+14
print(3.14159265358979, 1e300 * 1e10, 5 % 3, -5 % 3, 5 % -3, 5.5 % 2)
-- expect: 3.1415926535898	inf	2	1	-1	1.5
print(tostring(setmetatable({}, { __tostring = function() return "object" end })))
-- expect: object
print((tostring({}):gsub("0x%x+", "ADDR")))
-- expect: table: ADDR
print((tostring(function() end):gsub("0x%x+", "ADDR")))
-- expect: function: ADDR
print(err(function() tostring() end))
-- expect: false	test.lua:127: bad argument #1 to 'tostring' (value expected)

print(type(nil), type(1), type("x"), type({}), type(print), type(true), type(type))
-- expect: nil	number	string	table	function	boolean	function
print(err(function() type() end))
-- expect: false	test.lua:130: bad argument #1 to 'type' (value expected)

print(unpack({ 1, 2, 3 }))
-- expect: 1	2	3
print(unpack({ 1, 2, 3 }, 2))
-- expect: 2	3
print(unpack({ 1, 2, 3 }, 2, 3))
-- expect: 2	3
print(unpack({ 1, 2, 3 }, -1, 1))
-- expect: nil	nil	1
print(unpack({}, 1, 3))
-- expect: nil	nil	nil
print(select("#", unpack({}, 1, 3)), select("#", unpack({}, 3, 1)))
-- expect: 3	0
print(err(function() unpack() end))
-- expect: false	test.lua:138: bad argument #1 to 'unpack' (table expected, got no value)
print(err(function() unpack({}, 1, 1e8) end))
-- expect: false	test.lua:139: too many results to unpack
print(_VERSION, _G._G == _G, _G.print == print)
-- expect: Lua 5.1	true	true
