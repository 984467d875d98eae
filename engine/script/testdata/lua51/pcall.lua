-- Protected calls.
print(pcall(function(...) return select("#", ...), ... end, 1, nil, nil))
-- expect: true	3	1	nil	nil
print(pcall(error))
-- expect: false	nil
print(pcall(error, nil))
-- expect: false	nil
print(pcall(error, "text"))
-- expect: false	text
print(pcall(error, "text", 0))
-- expect: false	text
print(select("#", pcall(function() end)))
-- expect: 1
-- Messages name the function here and '?' there.
local function why(f, ...) return (select(2, pcall(f, ...)):gsub("'.-'", "it")) end
print(why(pcall))
-- expect: bad argument #1 to it (value expected)
print(pcall(pcall, error, "e"))
-- expect: true	false	e
print(pcall(nil))
-- expect: false	attempt to call a nil value
print(pcall(5))
-- expect: false	attempt to call a number value
print(pcall({}))
-- expect: false	attempt to call a table value
print(pcall(setmetatable({}, {__call = function(self, a) return a end}), "called"))
-- expect: true	called

local t = {}
local ok, e = pcall(error, t)
print(ok, e == t)
-- expect: false	true
print(pcall(function() error("here") end))
-- expect: false	test.lua:20: here
print(pcall(function() error("above", 2) end))
-- expect: false	above
print(pcall(function() error({code = 1}) end) == false)
-- expect: true
print(pcall(function() error(setmetatable({}, {__tostring = function() return "obj" end})) end) == false)
-- expect: true
print(pcall(function() local x; x.y = 1 end) == false)
-- expect: true

-- Upvalues survive an error, in the frames that go on and in closures that outlive theirs.
local n = 0
local inc = function() n = n + 1 return n end
pcall(error, "x")
inc()
print(n, inc())
-- expect: 1	2
local get, set
pcall(function()
  local v = 1
  get = function() return v end
  set = function(x) v = x end
  error("gone")
end)
set(7)
print(get())
-- expect: 7
local fs = {}
for i = 1, 3 do pcall(function() fs[i] = function() i = i + 10 return i end error(i) end) end
print(fs[1](), fs[2](), fs[3](), fs[1]())
-- expect: 11	12	13	21

-- xpcall
print(xpcall(function() return 1, 2, 3 end, print))
-- expect: true	1	2	3
print(xpcall(function() error("e", 0) end, function(m) return "<" .. m .. ">", "second" end))
-- expect: false	<e>
print(xpcall(function() error(t) end, function(m) return m == t end))
-- expect: false	true
print((xpcall(function() error("a") end, function() error("b") end)))
-- expect: false
print(why(xpcall, print))
-- expect: bad argument #2 to it (value expected)
print(xpcall(function() return pcall(error, "in") end, function() return "handler" end))
-- expect: true	false	in
print(select("#", xpcall(function() end, print)))
-- expect: 1

-- Nested, with errors passing through.
print(pcall(function()
-- expect: false	outer after falseinner
  local ok, e = pcall(error, "inner", 0)
  error("outer after " .. tostring(ok) .. e, 0)
end))
local depth = 0
local function down() depth = depth + 1 if depth < 30 then return pcall(down) end error("bottom", 0) end
print(select("#", down()), depth)
-- expect: 30	30
local function rec() return 1 + rec() end
print((pcall(rec)))
-- expect: false
print(why(string.rep))
-- expect: bad argument #1 to it (string expected, got no value)
print(why(string.rep, "x", {}))
-- expect: bad argument #2 to it (number expected, got table)
print((pcall(coroutine.yield)))
-- expect: false
