local function lobby(t, config)
  t:load("stats", { config = config, grants = { "chat", "store" } })
  local room = t:room("lobby/lobby")
  return room, room:user("ann"), room:user("bob")
end

test.case("lines and words are counted", function(t)
  local room, ann, bob = lobby(t)
  bob:says("hello there you")
  ann:says("hi")
  bob:says("how are you")
  t.clock:advance("2m")
  ann:says("!top")
  room:expect("1. bob (2 lines), 2. ann (1 line)")
  bob:says("!stats @ANN")
  room:expect("ann: 2 lines, 2 words, place 1, last just now")
  t.clock:advance("6s")
  bob:says("!stats nobody")
  room:expect("I have not heard nobody here")
  t.clock:advance("6s")
  bob:says("!stats")
  room:expect("6 lines of 2 people, most of it about 12:00 UTC")
end)

test.case("the counts outlive a crash", function(t)
  local room, ann, bob = lobby(t)
  for _ = 1, 3 do bob:says("x") end
  t.clock:advance("2s")
  t:crash()
  bob:says("y")
  ann:says("!top")
  room:expect("1. bob (4 lines)")
end)

test.case("who says least gives way, and some are not counted", function(t)
  local room, ann = lobby(t, { people = 10, top = 20, ignore = { "Bob" } })
  for i = 1, 10 do
    for _ = 1, i do room:user("u" .. i):says("x") end
  end
  room:user("bob"):says("not counted")
  ann:says("hello")
  ann:says("!top")
  local said = room:last().text
  expect(said):contains("u10 (10 lines)")
  expect(said):contains("ann (1 line)")
  expect(said):lacks("u1 (")
  expect(said):lacks("bob")
end)

test.case("nothing was said yet", function(t)
  local room = lobby(t, { ignore = { "ann" } })
  room:user("ann"):says("!stats")
  room:expect("nothing was said here yet")
end)

test.case("in the language of the room", function(t)
  t:load("stats", { grants = { "chat", "store" } })
  for _, language in ipairs{ "it", "de" } do
    local room = t:room("lobby/" .. language, { language = language })
    room:user("bob"):says("x")
    t.clock:advance("2h")
    room:user("ann"):says("!stats bob")
    room:expect(language == "it" and "l'ultima riga: 2 ore fa" or "zuletzt vor 2 Stunden")
  end
end)
