--- url.parse works
local u = url.parse("https://ann@example.com/a%20b?q=1&q=2#top")
same({u.scheme, u.host, u.port, u.path, u.query.q, u.fragment, u.user}, {"https", "example.com", 443, "/a b", "1", "top", "ann"})

--- url.parse wrong: argument 1 (url): expected a string, got nil
url.parse()

--- url.parse fails: invalid: is not an address
return url.parse("http://[::1")

--- url.encode works
same(url.encode("a b&c"), "a%20b%26c")
same(url.encode({q = "a b", n = 1, l = {1, 2}}), "l=1&l=2&n=1&q=a%20b")
same(url.encode(1e15), "1000000000000000")

--- url.encode wrong: argument 1 (value): expected a string, a number or a table, got nil
url.encode()

--- url.encode wrong: argument 1 (value): expected names with values, got a list
url.encode({"a"})

--- url.encode wrong: argument 1 (value): q: expected a string, a number or a boolean, or a list of them
url.encode({q = {x = 1}})

--- url.encode cannot fail: computes

--- url.decode works
same(url.decode("a%20b+c"), "a b c")

--- url.decode wrong: argument 1 (text): expected a string, got a table
url.decode({})

--- url.decode fails: invalid: %zz
return url.decode("%zz")

--- url.join works
same(url.join("https://example.com/a/b", "../c?d=1"), "https://example.com/c?d=1")

--- url.join wrong: argument 2 (ref): expected a string, got nil
url.join("https://example.com")

--- url.join fails: invalid: is not an address
return url.join("http://[::1", "a")
