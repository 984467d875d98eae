--- json.encode works
same(json.encode({b = {1, "x", true}, a = {}}), '{"a":{},"b":[1,"x",true]}')
same(json.encode({a = 1}, {indent = true}), '{\n  "a": 1\n}')

--- json.encode wrong: argument 1 (value): f: expected plain data
json.encode({f = print})

--- json.encode wrong: argument 1 (value): t: the table contains itself
local t = {}
t.t = t
json.encode(t)

--- json.encode cannot fail: computes

--- json.decode works
local v = json.decode('{"a": [1, null, "x"]}')
same(v.a[1], 1)
assert(v.a[2] == json.null)
same(v.a[3], "x")

--- json.decode wrong: argument 1 (text): expected a string, got a table
json.decode({})

--- json.decode fails: invalid: line 2, column 5:
return json.decode('{\n"a" 1}')

--- json.decode fails: quota: too much JSON
return json.decode(("["):rep(101) .. ("]"):rep(101))

--- json.array works
same(json.encode(json.array()), "[]")
same(json.encode({list = json.array({})}), '{"list":[]}')

--- json.array wrong: argument 1 (list): expected a list, got the number 5
json.array(5)

--- json.array cannot fail: computes
