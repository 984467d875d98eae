-- math.*
local function r(...)
  local t = { ... }
  for i = 1, #t do t[i] = string.format("%.10g", t[i]) end
  return table.concat(t, " ")
end
print(r(math.abs(-5), math.abs(5), math.abs(-0.5)), r(math.ceil(1.2), math.ceil(-1.2), math.ceil(5)), r(math.floor(1.8), math.floor(-1.2), math.floor(5)))
-- expect: 5 5 0.5	2 -1 5	1 -2 5
print(r(math.sin(1), math.cos(1), math.tan(1), math.asin(0.5), math.acos(0.5), math.atan(0.5), math.atan2(1, -1)))
-- expect: 0.8414709848 0.5403023059 1.557407725 0.5235987756 1.047197551 0.463647609 2.35619449
print(r(math.sinh(1), math.cosh(1), math.tanh(1), math.exp(1), math.log(10), math.log10(1000), math.sqrt(2)))
-- expect: 1.175201194 1.543080635 0.761594156 2.718281828 2.302585093 3 1.414213562
print(r(math.deg(math.pi), math.rad(180), math.pi, math.pow(2, 0.5), math.pow(2, 10)))
-- expect: 180 3.141592654 3.141592654 1.414213562 1024
print(r(math.fmod(7, 3), math.fmod(-7, 3), math.fmod(7, -3), math.fmod(5.5, 2), math.mod(7, 3)))
-- expect: 1 -1 1 1.5 1
print(r(math.modf(3.7)), r(math.modf(-3.7)), r(math.modf(5)), r(math.modf(1 / 0)))
-- expect: 3 0.7	-3 -0.7	5 0	inf 0
print(r(math.frexp(8)), r(math.frexp(0.1)), r(math.frexp(0)), r(math.ldexp(0.5, 4), math.ldexp(1, -1)))
-- expect: 0.5 4	0.8 -3	0 0	8 0.5
print(r(math.max(1, 5, 3), math.max(-1), math.min(1, 5, -3), math.max("10", 9)))
-- expect: 5 -1 -3 10
print(math.huge, -math.huge, math.huge > 1e308, math.huge == 1 / 0, math.huge - 1 == math.huge)
-- expect: inf	-inf	true	true	true
print(pcall(math.max) == false, pcall(math.min) == false, pcall(math.sin) == false, pcall(math.abs, "x") == false)
-- expect: true	true	true	true
print(math.floor("3.7"), math.sqrt(16), math.abs("-2"))
-- expect: 3	4	2
print(math.floor(2 ^ 52 + 0.5) == 2 ^ 52, math.ceil(1e300) == 1e300, math.floor(-0.5))
-- expect: true	true	-1
local ok = true
math.randomseed(42)
for i = 1, 1000 do
  local x, d, z = math.random(), math.random(6), math.random(-3, 3)
  ok = ok and x >= 0 and x < 1 and d >= 1 and d <= 6 and d == math.floor(d) and z >= -3 and z <= 3
end
print(ok)
-- expect: true
math.randomseed(7) local a = { math.random(100), math.random(100), math.random() }
math.randomseed(7) local b = { math.random(100), math.random(100), math.random() }
print(a[1] == b[1], a[2] == b[2], a[3] == b[3], math.random(1) == 1, math.random(5, 5))
-- expect: true	true	true	true	5
print(pcall(function() math.random(0) end))
-- expect: false	test.lua:29: bad argument #1 to 'random' (interval is empty)
print(pcall(function() math.random(2, 1) end))
-- expect: false	test.lua:30: bad argument #2 to 'random' (interval is empty)
print(pcall(function() math.random(1, 2, 3) end))
-- expect: false	test.lua:31: wrong number of arguments
print(pcall(function() math.sqrt() end))
-- expect: false	test.lua:32: bad argument #1 to 'sqrt' (number expected, got no value)
print(pcall(function() math.sqrt("x") end))
-- expect: false	test.lua:33: bad argument #1 to 'sqrt' (number expected, got string)
print(pcall(function() math.fmod(1) end))
-- expect: false	test.lua:34: bad argument #2 to 'fmod' (number expected, got no value)
