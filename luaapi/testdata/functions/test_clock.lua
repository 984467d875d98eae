--- test_clock:advance works
local before = t.clock:now()
t.clock:advance("1m30s")
expect(t.clock:now() - before):equals(90)

--- test_clock:advance wrong: argument 1 (d): time does not go back
t.clock:advance(-1)

--- test_clock:advance cannot fail: tells

--- test_clock:now works
expect(t.clock:now()):equals(time.parse("2030-01-01 12:00"))

--- test_clock:now wrong: call it with a colon, as in test_clock:now(…)
t.clock.now()

--- test_clock:now cannot fail: tells

--- test_clock:advance_to works
t.clock:advance_to(time.parse("2030-01-02"))
expect(time.format(t.clock:now(), "%F")):equals("2030-01-02")

--- test_clock:advance_to wrong: argument 1 (at): time does not go back
t.clock:advance_to(0)

--- test_clock:advance_to wrong: argument 1 (at): expected a time in unix seconds, got the string "noon"
t.clock:advance_to("noon")

--- test_clock:advance_to cannot fail: tells
