--- test.case works
-- Each row here is a test.case, with a daemon of its own.
expect(t.clock:now()):equals(1893499200)

--- test.case wrong: argument 2 (fn): expected a function, got nil
test.case("a")

--- test.case fails: test.case: call it at the top of the file, not within a case
test.case("a", function() end)
