--- metrics.count works
same(metrics.count("songs", 2, {genre = "jazz"}), true)

--- metrics.count wrong: argument 1 (name): expected up to 64 small letters, digits and _, such as songs_played, got "Songs"
metrics.count("Songs")

--- metrics.count wrong: argument 2 (n): a count only grows, got -1
metrics.count("songs", -1)

--- metrics.count fails: quota: 500
for i = 1, 500 do assert(metrics.count("songs", 1, {n = tostring(i)})) end
return metrics.count("songs", 1, {n = "501"})

--- metrics.observe works
same(metrics.observe("nap_seconds", 0.5), true)

--- metrics.observe wrong: argument 2 (value): expected a number, got nil
metrics.observe("nap_seconds")

--- metrics.observe fails: conflict: songs
assert(metrics.count("songs"))
return metrics.observe("songs", 1)

--- metrics.count wrong: argument 2 (n): expected a finite number, got the number inf
metrics.count("songs", 1 / 0)

--- metrics.count wrong: argument 3 (labels): "le" is no name for a label
metrics.count("songs", 1, {le = "x"})
