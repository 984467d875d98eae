-- What goes beyond Lua 5.1, or differs from it on purpose.
local e = setmetatable({ code = "denied" }, { __tostring = function(e) return "denied: no" end })
local ok, got = pcall(assert, nil, e)
print(ok, got == e, tostring(got))
-- expect: false	true	denied: no
print(("%s|%10s"):format(e, e), ("%s %s %s"):format(nil, true, 5))
-- expect: denied: no|denied: no	nil true 5
print(pcall(function() return tostring(setmetatable({}, { __tostring = function() return {} end })) end))
-- expect: false	test.lua:6: '__tostring' must return a string
local p = setmetatable({}, { __pairs = function(t) return function(_, k) if not k then return "k", "v" end end, t, nil end })
for k, v in pairs(p) do print(k, v) end
-- expect: k	v
print(math.log(8, 2), math.log(100, 10))
-- expect: 3	2
print(tonumber("inf"), tonumber("nan"), tonumber("infinity"), tonumber("-ff", 16), tonumber("7\0"))
-- expect: nil	nil	nil	-255	nil
print(rawlen({ 1, 2 }), rawlen("abc"), rawlen(setmetatable({}, { __len = function() return 5 end })))
-- expect: 2	3	0
print(pcall(function() return rawlen(5) end))
-- expect: false	test.lua:12: bad argument #1 to 'rawlen' (table or string expected)
print(pcall(function() return os.date("%Q") end))
-- expect: false	test.lua:13: bad argument #1 to 'date' (invalid conversion specifier '%Q')
print(pcall(function() return os.date("%") end))
-- expect: false	test.lua:14: bad argument #1 to 'date' (invalid conversion specifier '%')
print(pcall(function() return os.date("!%Y", 1e300) end))
-- expect: false	test.lua:15: bad argument #2 to 'date' (time out of range)
print(pcall(function() return ("x"):gsub("x", "%") end))
-- expect: false	test.lua:16: invalid use of '%' in replacement string
print(pcall(function() table.insert({ 1 }, 0, "x") end))
-- expect: false	test.lua:17: bad argument #2 to 'insert' (position out of bounds)
print(os.date("!%k|%l|%s|%h", 3600))
-- expect:  1| 1|3600|Jan
print(#("%s"):format("a\0b"), #("%c"):format(0))
-- expect: 3	1
print(("ab"):sub(1, math.huge), ("ab"):sub(-math.huge), ("ab"):byte(math.huge), (0 / 0) ~= (0 / 0))
-- expect: ab	ab	nil	true
print(5 % math.huge, -5 % math.huge)
-- expect: 5	inf

-- Error texts name what is wrong.
local t, n, f, b = {}, nil, print, true
print(pcall(function() return n.name end))
-- expect: false	test.lua:25: attempt to index a nil value (local 'n'), reading 'name'
print(pcall(function() return n[5] end))
-- expect: false	test.lua:26: attempt to index a nil value (local 'n'), reading [5]
print(pcall(function() return n[{}] end))
-- expect: false	test.lua:27: attempt to index a nil value
print(pcall(function() n.x = 1 end))
-- expect: false	test.lua:28: attempt to index a nil value (local 'n'), setting 'x'
print(pcall(function() return b.x end))
-- expect: false	test.lua:29: attempt to index a boolean value (local 'b'), reading 'x'
print(pcall(function() return f.x end))
-- expect: false	test.lua:30: attempt to index a function value (local 'f'), reading 'x'
print(pcall(function() return (5).x end))
-- expect: false	test.lua:31: attempt to index a number value, reading 'x'
print(pcall(function() local s = "x" s.y = 1 end))
-- expect: false	test.lua:32: attempt to index a string value, setting 'y'
print(pcall(function() n() end))
-- expect: false	test.lua:33: attempt to call a nil value (local 'n')
print(pcall(function() b() end))
-- expect: false	test.lua:34: attempt to call a boolean value (local 'b')
print(pcall(function() ("x")() end))
-- expect: false	test.lua:35: attempt to call a string value
print(pcall(function() (5)() end))
-- expect: false	test.lua:36: attempt to call a number value
print(pcall(function() return #n end))
-- expect: false	test.lua:37: attempt to get length of a nil value
print(pcall(function() return #5 end))
-- expect: false	test.lua:38: attempt to get length of a number value
print(pcall(function() return n + 1 end))
-- expect: false	test.lua:39: attempt to perform arithmetic on a nil value (local 'n')
print(pcall(function() return 1 - b end))
-- expect: false	test.lua:40: attempt to perform arithmetic on a boolean value (local 'b')
print(pcall(function() return f * f end))
-- expect: false	test.lua:41: attempt to perform arithmetic on a function value (local 'f')
print(pcall(function() return -n end))
-- expect: false	test.lua:42: attempt to perform arithmetic on a nil value (local 'n')
print(pcall(function() return t + n end))
-- expect: false	test.lua:43: attempt to perform arithmetic on a table value (local 't')
print(pcall(function() return "x" .. n end))
-- expect: false	test.lua:44: attempt to concatenate a nil value (local 'n')
print(pcall(function() return n .. "x" end))
-- expect: false	test.lua:45: attempt to concatenate a nil value (local 'n')
print(pcall(function() return "a" .. "b" .. t .. "c" end))
-- expect: false	test.lua:46: attempt to concatenate a table value (local 't')
print(pcall(function() return ("x"):rep({}) end))
-- expect: false	test.lua:47: bad argument #1 to 'rep' (number expected, got table)
print(pcall(function() return string.rep("x", {}) end))
-- expect: false	test.lua:48: bad argument #2 to 'rep' (number expected, got table)
print(pcall(function() return ("x").rep({}) end))
-- expect: false	test.lua:49: bad argument #1 to 'rep' (string expected, got table)

-- And they name the value, where only one of the line can be meant.
local room = { name = "lobby" }
print(pcall(function() bot.comand("x") end))
-- expect: false	test.lua:53: attempt to index a nil value (global 'bot'), reading 'comand'
print(pcall(function() room.say("x") end))
-- expect: false	test.lua:54: attempt to call a nil value (field 'say')
print(pcall(function() room:say("x") end))
-- expect: false	test.lua:55: attempt to call a nil value (method 'say')
print(pcall(function() missing("x") end))
-- expect: false	test.lua:56: attempt to call a nil value (global 'missing')
print(pcall(function() return missing("x") end))
-- expect: false	test.lua:57: attempt to call a nil value (global 'missing')
print(pcall(function() room.owner.name = "x" end))
-- expect: false	test.lua:58: attempt to index a nil value (field 'owner'), setting 'name'
print(pcall(function() return room.owner.name end))
-- expect: false	test.lua:59: attempt to index a nil value (field 'owner'), reading 'name'
print(pcall(function() return room.owner:hello() end))
-- expect: false	test.lua:60: attempt to index a nil value (field 'owner'), reading 'hello'
print(pcall(function() return missing.name end))
-- expect: false	test.lua:61: attempt to index a nil value (global 'missing'), reading 'name'
print(pcall(function() return missing[1] end))
-- expect: false	test.lua:62: attempt to index a nil value (global 'missing'), reading [1]
print(pcall(function() return n.name end))
-- expect: false	test.lua:63: attempt to index a nil value (local 'n'), reading 'name'
print(pcall(function() local x return x.name end))
-- expect: false	test.lua:64: attempt to index a nil value, reading 'name'
print(pcall(function() return "a" .. room.topic end))
-- expect: false	test.lua:65: attempt to concatenate a nil value (field 'topic')
print(pcall(function() return room.topic .. "a" .. room.name end))
-- expect: false	test.lua:66: attempt to concatenate a nil value (field 'topic')
print(pcall(function() return "a" .. missing .. "b" end))
-- expect: false	test.lua:67: attempt to concatenate a nil value (global 'missing')
print(pcall(function() return "a" .. n end))
-- expect: false	test.lua:68: attempt to concatenate a nil value (local 'n')
print(pcall(function() return room.users + 1 end))
-- expect: false	test.lua:69: attempt to perform arithmetic on a nil value (field 'users')
print(pcall(function() return 1 + room.users end))
-- expect: false	test.lua:70: attempt to perform arithmetic on a nil value (field 'users')
print(pcall(function() return missing * 2 end))
-- expect: false	test.lua:71: attempt to perform arithmetic on a nil value (global 'missing')
print(pcall(function() return -room.users end))
-- expect: false	test.lua:72: attempt to perform arithmetic on a nil value (field 'users')
print(pcall(function() missing(other()) end))
-- expect: false	test.lua:73: attempt to call a nil value
print(pcall(function() for x in missing do end end))
-- expect: false	test.lua:74: attempt to call a nil value
print(pcall(function() return room.a.x, room.b.x end))
-- expect: false	test.lua:75: attempt to index a nil value, reading 'x'
print(pcall(function() local f = b and missing f() end))
-- expect: false	test.lua:76: attempt to call a nil value
print(pcall(function() (b and room.a or room.b)() end))
-- expect: false	test.lua:77: attempt to call a nil value
print(pcall(function() (b and room.c)() end))
-- expect: false	test.lua:78: attempt to call a nil value
print(pcall(function(f) local g = function() return room, n end f() end))
-- expect: false	test.lua:79: attempt to call a nil value
print(pcall(function() return (n or missing).x end))
-- expect: false	test.lua:80: attempt to index a nil value, reading 'x'
print(pcall(function() local u = { [1] = n, room.none() } end))
-- expect: false	test.lua:81: attempt to call a nil value (field 'none')

-- Arithmetic on an object and a type without metamethods uses those of the object.
local O = setmetatable({}, { __add = function(a, b) return "own" end })
print(O + nil, nil + O, O + "x", "5" + O, true + O)
-- expect: own	own	own	own	own
