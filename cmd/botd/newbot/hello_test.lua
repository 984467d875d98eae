-- What hello.lua does, for 'botd test'.

test.case("greets, and not again within five seconds", function(t)
  t:load("hello.lua")
  local room = t:room("lobby/lobby")
  local ann = room:user("ann")
  ann:says("!hello")
  room:expect("Hello, ann!")
  ann:says("!hello")
  room:expect_nothing()
  t.clock:advance("6s")
  ann:says("!hello")
  room:expect("Hello, ann!")
end)
