--- expectation:equals works
expect({1, {a = 2}}):equals({1, {a = 2}}):differs({1})

--- expectation:equals wrong: call it with a colon, as in expectation:equals(…)
expect(1).equals(1)

--- expectation:equals fails: expected 2, got 1
expect(1):equals(2)

--- expectation:differs works
expect(1):differs(2)

--- expectation:differs wrong: call it with a colon, as in expectation:differs(…)
expect(1).differs(2)

--- expectation:differs fails: expected another value than { 1 }
expect({1}):differs({1})

--- expectation:contains works
expect("abc"):contains("b")
expect({1, {2}}):contains({2})

--- expectation:contains wrong: call it with a colon, as in expectation:contains(…)
expect("abc").contains("b")

--- expectation:contains fails: expected "x" in "abc"
expect("abc"):contains("x")

--- expectation:lacks works
expect("abc"):lacks("x")

--- expectation:lacks wrong: call it with a colon, as in expectation:lacks(…)
expect("abc").lacks("x")

--- expectation:lacks fails: expected no "b" in "abc"
expect("abc"):lacks("b")

--- expectation:matches works
expect("abc 12"):matches("%d+$")

--- expectation:matches wrong: argument 1 (pattern): 
expect("abc"):matches("%")

--- expectation:matches fails: expected a text that matches "%d", got "abc"
expect("abc"):matches("%d")

--- expectation:raises works
expect(function() error("no such thing") end):raises("no such")

--- expectation:raises wrong: expected a function in expect(…), got 5
expect(5):raises()

--- expectation:raises fails: expected an error, and there was none
expect(function() end):raises()

--- expectation:is_true works
expect(0):is_true()

--- expectation:is_true wrong: call it with a colon, as in expectation:is_true(…)
expect(1).is_true()

--- expectation:is_true fails: expected something true, got false
expect(false):is_true()

--- expectation:is_false works
expect(nil):is_false()

--- expectation:is_false wrong: call it with a colon, as in expectation:is_false(…)
expect(nil).is_false()

--- expectation:is_false fails: expected false or nil, got 0
expect(0):is_false()

--- expectation:is_nil works
expect(nil):is_nil()

--- expectation:is_nil wrong: call it with a colon, as in expectation:is_nil(…)
expect(nil).is_nil()

--- expectation:is_nil fails: expected nil, got false
expect(false):is_nil()

--- expectation:above works
expect(3):above(2.5)

--- expectation:above wrong: argument 1 (bound): expected a number, got nil
expect(3):above()

--- expectation:above fails: expected a number above 3, got 3
expect(3):above(3)

--- expectation:below works
expect(3):below(3.5)

--- expectation:below wrong: argument 1 (bound): expected a number, got the string "many"
expect(3):below("many")

--- expectation:below fails: expected a number below 3, got 5
expect(5):below(3)
