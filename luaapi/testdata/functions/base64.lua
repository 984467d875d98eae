--- base64.encode works
same(base64.encode("a\0b"), "YQBi")
same(base64.encode("\255\255", {url = true}), "__8")

--- base64.encode wrong: argument 2 (opts): unknown option "ulr"; there are url
base64.encode("a", {ulr = true})

--- base64.encode cannot fail: computes

--- base64.decode works
same(base64.decode("YQ Bi\n"), "a\0b")
same(base64.decode("__8"), "\255\255")

--- base64.decode wrong: argument 1 (text): expected a string, got nil
base64.decode()

--- base64.decode fails: invalid: "a*" is not base64
return base64.decode("a*")
