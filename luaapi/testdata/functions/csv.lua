--- csv.decode works
same(csv.decode('a,"b, c"\n1,2\n'), {{"a", "b, c"}, {"1", "2"}})
same(csv.decode("name;age\nann;7", {header = true, sep = ";"}), {{name = "ann", age = "7"}})

--- csv.decode wrong: argument 2 (opts): sep: expected one character, got "ab"
csv.decode("a", {sep = "ab"})

--- csv.decode fails: invalid: line 1, column
return csv.decode('a"b')

--- csv.decode fails: quota: more than 100000 cells
return csv.decode((","):rep(100001))

--- csv.encode works
same(csv.encode{{"a", "b, c"}, {1, true}}, 'a,"b, c"\n1,true\n')
same(csv.encode({{"a", "b"}}, {sep = "\t"}), "a\tb\n")

--- csv.encode wrong: argument 1 (rows): row 2: expected a list, got the number 5
csv.encode{{1}, 5}

--- csv.encode cannot fail: computes
