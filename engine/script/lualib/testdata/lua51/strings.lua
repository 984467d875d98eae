-- string.*, but for patterns and format.
local function err(f, ...) return pcall(f, ...) end
print(("hello"):byte(), ("hello"):byte(2), ("hello"):byte(-1), ("hello"):byte(1, 3))
-- expect: 104	101	111	104	101	108
print(("hello"):byte(10), ("hello"):byte(0), ("").byte(""), ("hello"):byte(3, 2))
-- expect: nil	nil	nil
print(("hello"):byte(-3, -1))
-- expect: 108	108	111
print(select("#", ("hello"):byte(10)), select("#", ("hello"):byte(-10, 10)))
-- expect: 0	5
print(string.char(), string.char(72, 105), #string.char(0, 255))
-- expect: 	Hi	2
print(err(function() string.char(256) end))
-- expect: false	test.lua:8: bad argument #1 to 'char' (invalid value)
print(err(function() string.char(-1) end))
-- expect: false	test.lua:9: bad argument #1 to 'char' (invalid value)
print(err(function() string.char("x") end))
-- expect: false	test.lua:10: bad argument #1 to 'char' (number expected, got string)
print(string.len(""), string.len("a\0b"), string.len(12))
-- expect: 0	3	2
print(("HeLLo 123"):lower(), ("HeLLo 123"):upper(), ("é"):upper() == "é", ("").upper(""))
-- expect: hello 123	HELLO 123	true	
print(("abc"):reverse(), (""):reverse(), ("a\0b"):reverse() == "b\0a")
-- expect: cba		true
print(("ab"):rep(3), ("ab"):rep(0), ("ab"):rep(-1), ("ab"):rep(1), (""):rep(1000))
-- expect: ababab			ab	
print(("ab"):rep("2"), ("ab"):rep(2.9))
-- expect: abab	abab
print(("hello"):sub(2), ("hello"):sub(2, 3), ("hello"):sub(-3), ("hello"):sub(-3, -2), ("hello"):sub(2, -2))
-- expect: ello	el	llo	ll	ell
print(("hello"):sub(0), ("hello"):sub(10), ("hello"):sub(3, 2), ("hello"):sub(-100, 2), ("hello"):sub(1, 100))
-- expect: hello			he	hello
print(("hello"):sub(2.9), ("hello"):sub("2", "3"))
-- expect: ello	el
print(string.sub(12345, 2, 3), string.upper(1), string.rep(1, 2))
-- expect: 23	1	11
print(err(function() string.sub() end))
-- expect: false	test.lua:20: bad argument #1 to 'sub' (string expected, got no value)
print(err(function() string.sub("x") end))
-- expect: false	test.lua:21: bad argument #2 to 'sub' (number expected, got no value)
print(err(function() string.rep("x") end))
-- expect: false	test.lua:22: bad argument #2 to 'rep' (number expected, got no value)
print(err(function() string.rep("x", {}) end))
-- expect: false	test.lua:23: bad argument #2 to 'rep' (number expected, got table)
print(err(function() string.upper() end))
-- expect: false	test.lua:24: bad argument #1 to 'upper' (string expected, got no value)
print(err(function() string.upper({}) end))
-- expect: false	test.lua:25: bad argument #1 to 'upper' (string expected, got table)
print(err(function() string.len(nil) end))
-- expect: false	test.lua:26: bad argument #1 to 'len' (string expected, got nil)
print(err(function() string.byte() end))
-- expect: false	test.lua:27: bad argument #1 to 'byte' (string expected, got no value)
print(type(string.gmatch("", "")), string.dump == string.dump)
-- expect: function	true

-- plain find
print(("hello world"):find("wor"), ("hello"):find("l"), ("hello"):find("xyz"), ("hello"):find(""))
-- expect: 7	3	nil	1	0
print(("hello"):find("", 3), ("hello"):find("", 6), ("hello"):find("", 10), ("hello"):find("l", -2))
-- expect: 3	6	6	4	4
print(("a.b"):find(".", 1, true), ("a.b"):find("b", 1, true), ("a+b"):find("+", 1, true))
-- expect: 2	3	2	2
print(("hello"):find("l", 4), ("hello"):find("l", 5), ("hello"):find("h", -100))
-- expect: 4	nil	1	1
print(("a\0b"):find("\0"), ("a\0b"):find("b"))
-- expect: 2	3	3
print(err(function() ("x"):find() end))
-- expect: false	test.lua:36: bad argument #1 to 'find' (string expected, got no value)
print(err(function() ("x"):find({}) end))
-- expect: false	test.lua:37: bad argument #1 to 'find' (string expected, got table)
