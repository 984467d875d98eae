--- yaml.decode works
same(yaml.decode("a: [1, two]\nb: yes\nc: 2030-01-02"), {a = {1, "two"}, b = "yes", c = "2030-01-02"})
assert(yaml.decode("a: null").a == json.null)

--- yaml.decode wrong: argument 1 (text): expected a string, got nil
yaml.decode(nil)

--- yaml.decode fails: invalid: line 2
return yaml.decode("a: 1\nb: [")

--- yaml.decode fails: quota: too much YAML: 256 KiB at most
return yaml.decode(("a"):rep(300 * 1024))
