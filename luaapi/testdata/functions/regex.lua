--- regex:find works
same({re.compile([[(\d)(\d)]]):find("ab12", 2)}, {3, 4, "1", "2"})

--- regex:find wrong: argument 1 (text): expected a string, got nil
re.compile("a"):find()

--- regex:find wrong: the text has 100000 bytes, too many for this expression
re.compile("a{1000}"):find(("b"):rep(100000))

--- regex:find fails: nil
return re.compile("a"):find("b")

--- regex:match works
same({re.compile("b+"):match("abbc")}, {"bb"})
same({re.compile("(b)(c)?"):match("ab")}, {"b", nil})

--- regex:match wrong: argument 2 (init): expected a whole number, got the number 1.5
re.compile("a"):match("a", 1.5)

--- regex:match fails: nil
return re.compile("a"):match("a", 2)

--- regex:all works
same(re.compile([[\d]]):all("a1b2c3", 2), {"1", "2"})
same(re.compile([[(\w)=(\d)]]):all("a=1 b=2"), {{"a", "1"}, {"b", "2"}})

--- regex:all wrong: argument 1 (text): expected a string, got a table
re.compile("a"):all({})

--- regex:all cannot fail: computes

--- regex:gsub works
same({re.compile([[(\w)=(\d)]]):gsub("a=1 b=2", "$2:$1")}, {"1:a 2:b", 2})
same({re.compile([[\w+]]):gsub("one two", {one = "1"})}, {"1 two", 2})
same({re.compile([[\d]]):gsub("1 2 3", function(d) return d + 1 end, 2)}, {"2 3 3", 2})

--- regex:gsub wrong: argument 2 (repl): expected a string, a table or a function, got nil
re.compile("a"):gsub("a")

--- regex:gsub fails: raises no such thing
return re.compile("a"):gsub("a", function() error("no such thing") end)

--- regex:split works
same(re.compile([[,\s*]]):split("a, b,c"), {"a", "b", "c"})
same(re.compile(","):split("a,b,c", 2), {"a", "b,c"})

--- regex:split wrong: argument 2 (max): expected a whole number, got the string "two"
re.compile(","):split("a,b", "two")

--- regex:split cannot fail: computes

--- regex:test works
same(re.compile("^b"):test("abc"), false)
same(re.compile("b"):test("abc"), true)

--- regex:test wrong: call it with a colon, as in regex:test(…)
re.compile("a").test("a")

--- regex:test cannot fail: computes
