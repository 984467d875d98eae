-- table.*
local function err(f, ...) return pcall(f, ...) end
print(table.concat({ 1, 2, 3 }), table.concat({ 1, 2, 3 }, ","), table.concat({ "a" }, ","), table.concat({}, ","), table.concat({ 1.5, "x" }, ""))
-- expect: 123	1,2,3	a		1.5x
print(table.concat({ 1, 2, 3 }, ",", 2), table.concat({ 1, 2, 3 }, ",", 2, 2), table.concat({ 1, 2, 3 }, ",", 3, 2), table.concat({ 1, 2, 3 }, ",", 1, 2))
-- expect: 2,3	2		1,2
print(table.concat({ 1, 2, 3 }, 0), table.concat({ [5] = "x" }, ",", 5, 5))
-- expect: 10203	x
print(err(function() return table.concat({ 1, {}, 3 }) end))
-- expect: false	test.lua:6: invalid value (table) at index 2 in table for 'concat'
print(err(function() return table.concat({ 1, 2 }, ",", 1, 3) end))
-- expect: false	test.lua:7: invalid value (nil) at index 3 in table for 'concat'
print(err(function() return table.concat({ true }) end))
-- expect: false	test.lua:8: invalid value (boolean) at index 1 in table for 'concat'
print(err(function() return table.concat() end))
-- expect: false	test.lua:9: bad argument #1 to 'concat' (table expected, got no value)
print(err(function() return table.concat({}, {}) end))
-- expect: false	test.lua:10: bad argument #2 to 'concat' (string expected, got table)
local t = { 1, 2, 3 }
table.insert(t, 4) table.insert(t, 1, 0) table.insert(t, 3, "m")
print(table.concat(t, ","))
-- expect: 0,1,m,2,3,4
table.insert(t, #t + 1, "end") table.insert(t, 20, "far")
print(table.concat(t, ",", 1, 7), t[20], #t >= 7)
-- expect: 0,1,m,2,3,4,end	far	true
print(err(function() table.insert({}) end))
-- expect: false	test.lua:16: wrong number of arguments to 'insert'
print(err(function() table.insert({}, 1, 2, 3) end))
-- expect: false	test.lua:17: wrong number of arguments to 'insert'
print(err(function() table.insert(nil, 1) end))
-- expect: false	test.lua:18: bad argument #1 to 'insert' (table expected, got nil)
print(err(function() table.insert({}, "x", 1) end))
-- expect: false	test.lua:19: bad argument #2 to 'insert' (number expected, got string)
t = { 1, 2, 3, 4 }
print(table.remove(t), table.remove(t, 1), table.concat(t, ","), table.remove(t, 5), table.remove(t, 0), #t)
-- expect: 4	1	2,3	nil	nil	2
print(table.remove({}), select("#", table.remove({})), table.remove({}, 1), table.remove({ 7 }, 1))
-- expect: nil	0	nil	7
t = {}
for i = 1, 10 do t[#t + 1] = i end
for i = 1, 5 do t[#t] = nil end
table.insert(t, 1, "first") table.insert(t, 3, "third") table.insert(t, "last")
print(#t, table.concat(t, ","))
-- expect: 8	first,1,third,2,3,4,5,last
print(table.remove(t), table.remove(t, 3), #t, table.concat(t, ","))
-- expect: last	third	6	first,1,2,3,4,5
local q = {}
for i = 1, 100 do table.insert(q, 1, i) if #q > 3 then q[#q] = nil end end
print(#q, table.concat(q, ","))
-- expect: 3	100,99,98
for i = 1, 3 do q[#q] = nil end
print(#q, table.remove(q), #q)
-- expect: 0	nil	0
print(table.maxn({ 1, 2, 3 }), table.maxn({}), table.maxn({ [10] = 1, [2.5] = 2 }), table.maxn({ [-1] = 1, x = 5 }), table.maxn({ 1, nil, 3 }))
-- expect: 3	0	10	0	3
print(table.getn({ 1, 2 }), table.getn({}))
-- expect: 2	0
t = { 5, 2, 8, 1, 9, 3 }
table.sort(t) print(table.concat(t, ","))
-- expect: 1,2,3,5,8,9
table.sort(t, function(a, b) return a > b end) print(table.concat(t, ","))
-- expect: 9,8,5,3,2,1
t = { "banana", "apple", "Cherry", "10", "9", "" }
table.sort(t) print(table.concat(t, ","))
-- expect: ,10,9,Cherry,apple,banana
table.sort({}) table.sort({ 1 }) table.sort({ 2, 1 }, nil)
t = {}
for i = 1, 200 do t[i] = (i * 7919) % 211 end
table.sort(t)
local sorted = true
for i = 2, #t do sorted = sorted and t[i - 1] <= t[i] end
print(sorted, #t, t[1], t[200])
-- expect: true	200	1	210
local byage = { { n = "a", age = 3 }, { n = "b", age = 1 }, { n = "c", age = 2 } }
table.sort(byage, function(x, y) return x.age < y.age end)
print(byage[1].n, byage[2].n, byage[3].n)
-- expect: b	c	a
print(err(function() table.sort({ 1, "x", 2 }) end) == false, err(function() table.sort({ {}, {} }) end) == false)
-- expect: true	true
print(err(function() table.sort({ 3, 2, 1 }, function() error("boom", 0) end) end))
-- expect: false	boom
print(err(function() table.sort({ 1, 2 }, 5) end))
-- expect: false	test.lua:53: bad argument #2 to 'sort' (function expected, got number)
print(err(function() table.sort() end))
-- expect: false	test.lua:54: bad argument #1 to 'sort' (table expected, got no value)
local lt = { __lt = function(a, b) return a.v < b.v end }
t = { setmetatable({ v = 2 }, lt), setmetatable({ v = 1 }, lt) }
table.sort(t) print(t[1].v, t[2].v)
-- expect: 1	2
table.foreach({ 10, 20 }, function(k, v) print(k, v) end)
-- expect: 1	10
-- expect: 2	20
table.foreachi({ 10, 20, x = 1 }, function(i, v) print(i, v) end)
-- expect: 1	10
-- expect: 2	20
print(table.foreach({ a = 1 }, function(k, v) return k .. v end), table.foreachi({ 5, 6 }, function(i, v) if v == 6 then return i end end))
-- expect: a1	2
print(#{ 1, 2, 3 }, #{}, #{ n = 1 }, #{ nil }, #{ 1, 2, nil })
-- expect: 3	0	0	0	2
local function f() return "a", "b" end
print(#{ f() }, #{ f(), f() }, #{ (f()) }, #{ f(), nil }, #{ x = f() })
-- expect: 2	3	1	1	0
t = { f(), x = f(), f() }
print(#t, t[1], t[2], t[3], t.x)
-- expect: 3	a	a	b	a
local function count(...) return #{ ... }, select("#", ...) end
print(count(1, 2, 3))
-- expect: 3	3
