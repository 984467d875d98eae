--- text.fold works
same(text.fold("  Ångström ﬁ "), "angstrom fi")

--- text.fold wrong: argument 1 (text): longer than 64 KiB
text.fold(("a"):rep(70000))

--- text.fold cannot fail: computes

--- text.distance works
same(text.distance("kitten", "sitting"), 3)
same(text.distance("", "äö"), 2)

--- text.distance wrong: argument 2 (b): expected a string, got nil
text.distance("a")

--- text.distance cannot fail: computes

--- text.truncate works
same(text.truncate("hello world", 7), "hello…")
same(text.truncate("äöü", 4, "bytes"), "…")
same(text.truncate("short", 7), "short")

--- text.truncate wrong: argument 2 (max): expected a number of 0 or more, got -1
text.truncate("a", -1)

--- text.truncate wrong: argument 3 (unit): unknown value "byte", did you mean "bytes"?
text.truncate("a", 1, "byte")

--- text.truncate cannot fail: computes

--- text.split works
same(text.split("one two three", 8), {"one two", "three"})

--- text.split wrong: argument 2 (max): expected a number above 0, got 0
text.split("a", 0)

--- text.split cannot fail: computes

--- text.tpl works
same(text.tpl("Hi {name}, {user.name}, {none} {{x}", {name = "bob", user = ann}), "Hi bob, ann, {none} {x}")

--- text.tpl wrong: argument 1 (template): expected a string, got nil
text.tpl(nil, {})

--- text.tpl wrong: argument 2 (values): expected a table or an object, got nil
text.tpl("Hi {name}")

--- text.tpl wrong: argument 2 (values): expected a table or an object, got the string "bob"
text.tpl("Hi {name}", "bob")

--- text.tpl cannot fail: computes

--- text.plural works
same(text.plural(1, "vote"), "1 vote")
same(text.plural(3, "vote"), "3 votes")
same(text.plural(0, "mouse", "mice"), "0 mice")

--- text.plural wrong: argument 1 (n): expected a number, got the string "three"
text.plural("three", "vote")

--- text.plural cannot fail: computes

--- text.escape works
same(text.escape("50%."), "50%%%.")
same(text.escape("<b>", "html"), "&lt;b&gt;")
same(text.escape("a\nb\0", "line"), "a b")

--- text.escape wrong: argument 2 (way): unknown value "htm", did you mean "html"?
text.escape("a", "htm")

--- text.escape cannot fail: computes

--- text.table works
same(text.table({{"ann", 7}, {"bo", 12}}, {header = {"who", "n"}, sep = " | "}), "who | n\nann |  7\nbo  | 12")

--- text.table wrong: argument 1 (rows): [2]: expected a list, got the number 5
text.table{{1}, 5}

--- text.table cannot fail: computes
