local text = "This is botd. Write !hello to say hello."

test.case("it announces each hour, in all rooms", function(t)
  t:load("announce.lua")
  local lobby, attic = t:room("lobby/lobby"), t:room("lobby/attic")
  t.clock:advance("59m")
  lobby:expect_nothing()
  t.clock:advance("1m")
  lobby:expect_lines{ text }
  attic:expect_lines{ text }
end)

test.case("text, pause and rooms can be set", function(t)
  t:load("announce.lua", { config = { text = "Tea time!", every = "30m", rooms = "lobby/a*" } })
  local lobby, attic = t:room("lobby/lobby"), t:room("lobby/attic")
  t.clock:advance("1h")
  attic:expect_lines{ "Tea time!", "Tea time!" }
  lobby:expect_nothing()
end)
