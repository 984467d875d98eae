-- Coroutines.
local co = coroutine.create(function(a, b)
  print("start", a, b)
-- expect: start	1	2
  local c = coroutine.yield(a + b)
  print("then", c)
-- expect: then	5
  local d, e = coroutine.yield(c * 2, "two")
  print("last", d, e)
-- expect: last	3	4
  return "done", d + e
end)
print(type(co), coroutine.status(co))
-- expect: thread	suspended
print(coroutine.resume(co, 1, 2))
-- expect: true	3
print(coroutine.status(co))
-- expect: suspended
print(coroutine.resume(co, 5))
-- expect: true	10	two
print(coroutine.resume(co, 3, 4))
-- expect: true	done	7
print(coroutine.status(co))
-- expect: dead
print(coroutine.resume(co))
-- expect: false	cannot resume dead coroutine
print(coroutine.resume(co))
-- expect: false	cannot resume dead coroutine

print(select("#", coroutine.resume(coroutine.create(function() end))))
-- expect: 1
print(select("#", coroutine.resume(coroutine.create(function() coroutine.yield() end))))
-- expect: 1
print(coroutine.resume(coroutine.create(function() return nil, nil end)))
-- expect: true	nil	nil
print(coroutine.resume(coroutine.create(function() error("oops", 0) end)))
-- expect: false	oops
print(coroutine.resume(coroutine.create(function() error() end)))
-- expect: false	nil
local e = {}
print(select(2, coroutine.resume(coroutine.create(function() error(e) end))) == e)
-- expect: true
-- Messages name the function here and '?' there.
local function why(f, ...) return (select(2, pcall(f, ...)):gsub("'.-'", "it")) end
print(why(coroutine.create))
-- expect: bad argument #1 to it (Lua function expected)
print(why(coroutine.resume))
-- expect: bad argument #1 to it (coroutine expected)
print(why(coroutine.status, 1))
-- expect: bad argument #1 to it (coroutine expected)

-- wrap
local gen = coroutine.wrap(function() for i = 1, 3 do coroutine.yield(i) end end)
print(gen(), gen(), gen(), gen())
-- expect: 1	2	3
print((pcall(gen)))
-- expect: false
print(pcall(coroutine.wrap(function() error({}) end)) == false)
-- expect: true
local w = coroutine.wrap(function(...) local a = {...} while true do a = {coroutine.yield(#a)} end end)
print(w(1, 2, 3), w(), w(nil, nil))
-- expect: 3	0	0

-- status and running
print(coroutine.running())
-- expect: nil
local outer
outer = coroutine.create(function()
  print(coroutine.running() == outer, coroutine.status(outer))
-- expect: true	running
  local inner = coroutine.create(function()
    print(coroutine.status(outer))
-- expect: normal
    print(coroutine.resume(outer))
-- expect: false	cannot resume normal coroutine
    print(coroutine.resume(coroutine.running()))
-- expect: false	cannot resume running coroutine
  end)
  print(coroutine.resume(inner))
-- expect: true
  print(coroutine.status(inner))
-- expect: dead
end)
print(coroutine.resume(outer))
-- expect: true

-- pcall inside a coroutine; an error that passes through pcall and a later yield
co = coroutine.create(function()
  print(pcall(error, "caught", 0))
-- expect: false	caught
  coroutine.yield("after pcall")
  error("end", 0)
end)
print(coroutine.resume(co))
-- expect: true	after pcall
print(coroutine.resume(co))
-- expect: false	end
print(coroutine.status(co))
-- expect: dead

-- yields across Go (C) calls are errors
print((pcall(function()
-- expect: true
  local bad = coroutine.wrap(function() return pcall(coroutine.yield, 1) end)
  local ok = bad()
  assert(ok == false)
end)))
co = coroutine.create(function() table.sort({3, 2, 1}, function(a, b) coroutine.yield() return a < b end) end)
print((coroutine.resume(co)))
-- expect: false
print(coroutine.status(co))
-- expect: dead
co = coroutine.create(function() return setmetatable({}, {__add = function() coroutine.yield() end}) + 1 end)
print((coroutine.resume(co)))
-- expect: false
print(coroutine.status(co))
-- expect: dead
co = coroutine.create(function() return (("x"):gsub(".", function() coroutine.yield() end)) end)
print((coroutine.resume(co)))
-- expect: false

-- captured variables are shared across yields
local total = 0
local function adder() for i = 1, 4 do total = total + i coroutine.yield(total) end end
local a, b = coroutine.wrap(adder), coroutine.wrap(adder)
print(a(), b(), a(), b(), total)
-- expect: 1	2	4	6	6

-- producer and consumer
local function producer() return coroutine.create(function() for _, x in ipairs{"a", "b", "c"} do coroutine.yield(x) end end) end
local function filter(p) return coroutine.create(function()
  while true do local ok, x = coroutine.resume(p) if not x then return end coroutine.yield(x:upper()) end
end) end
local f, out = filter(producer()), ""
while true do local ok, x = coroutine.resume(f) if not x then break end out = out .. x end
print(out)
-- expect: ABC

-- permutations, deep in recursion
local function permgen(t, n)
  if n == 0 then coroutine.yield(table.concat(t)) end
  for i = 1, n do
    t[n], t[i] = t[i], t[n]
    permgen(t, n - 1)
    t[n], t[i] = t[i], t[n]
  end
end
local perms = {}
for p in coroutine.wrap(function() permgen({1, 2, 3}, 3) end) do perms[#perms + 1] = p end
print(table.concat(perms, " "))
-- expect: 231 321 312 132 213 123
