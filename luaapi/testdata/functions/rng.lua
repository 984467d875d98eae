--- rng.int works
for _ = 1, 50 do
  local n = rng.int(3, 5)
  assert(n >= 3 and n <= 5 and n % 1 == 0)
  assert(rng.int(2) <= 2)
end

--- rng.int wrong: expected a range that is not empty, got 5 to 1
rng.int(5, 1)

--- rng.int wrong: argument 1 (a): expected a whole number, got the number 1.5
rng.int(1.5)

--- rng.int wrong: argument 1 (a): the number -9e+18 is too large
rng.int(-9e18, 9e18)

--- rng.int cannot fail: computes

--- rng.float works
for _ = 1, 50 do
  local x = rng.float()
  assert(x >= 0 and x < 1)
end

--- rng.float cannot fail: computes

--- rng.pick works
local item = rng.pick{"a", "b"}
assert(item == "a" or item == "b")

--- rng.pick wrong: argument 1 (list): expected a list, got nil
rng.pick()

--- rng.pick fails: nil
return rng.pick{}

--- rng.shuffle works
local list = {1, 2, 3, 4}
local other = rng.shuffle(list)
same(list, {1, 2, 3, 4})
table.sort(other)
same(other, list)

--- rng.shuffle wrong: argument 1 (list): expected a list, got the string "abc"
rng.shuffle("abc")

--- rng.shuffle cannot fail: computes

--- rng.weighted works
for _ = 1, 20 do same(rng.weighted{common = 1, never = 0}, "common") end

--- rng.weighted wrong: argument 1 (weights): rare: expected a number of 0 or more, got -1
rng.weighted{common = 10, rare = -1}

--- rng.weighted wrong: argument 1 (weights): rare: expected a finite number, got the number inf
rng.weighted{common = 10, rare = 1 / 0}

--- rng.weighted fails: nil
return rng.weighted{never = 0}

--- rng.dice works
local sum, rolls = rng.dice("2d6+1")
same(#rolls, 2)
same(sum, rolls[1] + rolls[2] + 1)

--- rng.dice wrong: argument 1 (spec): expected a string, got nil
rng.dice()

--- rng.dice fails: invalid: "2x6" is no dice: write "2d6+1"
return rng.dice("2x6")
