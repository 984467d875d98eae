--- re.compile works
local r = re.compile([[(\d+) (kg|lb)]], "i")
same(r.source, [[(?i)(\d+) (kg|lb)]])
same({r:match("7 KG")}, {"7", "KG"})

--- re.compile wrong: argument 1 (pattern): missing closing ): `(a`
re.compile("(a")

--- re.compile wrong: argument 2 (flags): expected letters of i, m and s, got "g"
re.compile("a", "g")

--- re.compile cannot fail: computes

--- re.escape works
same(re.escape("1+1 (a)"), [[1\+1 \(a\)]])

--- re.escape wrong: argument 1 (text): expected a string, got nil
re.escape()

--- re.escape cannot fail: computes
