-- The library's tables can be read in every way and changed in none.
print(type(string), type(math), #string, next({}, nil))
-- expect: table	table	0	nil
local names = {}
for k, v in pairs(string) do names[#names + 1] = k assert(type(v) == "function") end
table.sort(names)
print(table.concat(names, " "))
-- expect: byte char find format gmatch gsub len lower match rep reverse sub upper
print(rawget(string, "upper") == string.upper, string.upper == ("").upper, next(string) ~= nil, string.nothing)
-- expect: true	true	true	nil
print(getmetatable(string), getmetatable(""), getmetatable("x") == getmetatable(math))
-- expect: false	false	true
print(pcall(function() string.upper = nil end))
-- expect: false	test.lua:9: cannot set field 'upper' of a read-only table
print(pcall(function() string.mine = 1 end))
-- expect: false	test.lua:10: cannot set field 'mine' of a read-only table
print(pcall(function() math[1] = 1 end))
-- expect: false	test.lua:11: cannot change a read-only table
print(pcall(function() rawset(string, "upper", nil) end))
-- expect: false	test.lua:12: bad argument #1 to 'rawset' (the table is read-only)
print(pcall(function() setmetatable(string, {}) end))
-- expect: false	test.lua:13: bad argument #1 to 'setmetatable' (the table is read-only)
print(pcall(function() table.insert(math, 1) end))
-- expect: false	test.lua:14: bad argument #1 to 'insert' (the table is read-only)
print(pcall(function() table.remove(math) end))
-- expect: false	test.lua:15: bad argument #1 to 'remove' (the table is read-only)
print(pcall(function() table.sort(math) end))
-- expect: false	test.lua:16: bad argument #1 to 'sort' (the table is read-only)
print((pcall(function() for k in pairs(table) do table[k] = nil end end)))
-- expect: false
print(pcall(function() getmetatable("").__index = {} end))
-- expect: false	test.lua:18: attempt to index a boolean value, setting '__index'
print(pcall(function() setmetatable("", {}) end))
-- expect: false	test.lua:19: bad argument #1 to 'setmetatable' (table expected, got string)
print(pcall(function() setmetatable(1, {}) end))
-- expect: false	test.lua:20: bad argument #1 to 'setmetatable' (table expected, got number)
print(pcall(function() setmetatable(print, {}) end))
-- expect: false	test.lua:21: bad argument #1 to 'setmetatable' (table expected, got function)
-- pairs and next never hand out the table behind.
local _, state = pairs(string)
print(state == string, pcall(function() state.x = 1 end))
-- expect: true	false	test.lua:24: cannot set field 'x' of a read-only table
-- A table of the script that looks like one of them is not taken for one.
local real = {}
local fake = setmetatable({}, { __index = real, __newindex = rawset })
rawset(fake, "x", 1)
print(fake.x, real.x, next(fake))
-- expect: 1	nil	x	1
local mine = setmetatable({}, { __index = string })
print(mine.upper("inherits"), rawget(mine, "upper"))
-- expect: INHERITS	nil
for k in pairs(_G) do if type(k) ~= "string" or not k:match("^[%a_]+$") then print("odd global", k) end end
for _, k in ipairs({ "dofile", "loadfile", "load", "loadstring", "io", "debug", "package", "module", "newproxy", "getfenv",
  "setfenv", "collectgarbage", "channel", "_printregs", "_GOPHER_LUA_VERSION" }) do if _G[k] ~= nil then print("there is", k) end end
for _, k in ipairs({ "exit", "execute", "getenv", "remove", "rename", "setenv", "tmpname", "setlocale" }) do
  if os[k] ~= nil then print("there is os", k) end
end
print(string.dump, string.gfind, math.random ~= nil)
-- expect: nil	nil	true
