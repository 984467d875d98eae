-- Run by: botd test plugins.d/NAME
test.case("it says hello", function(t)
  t:load("NAME")
  local room = t:room("lobby/lobby")
  room:user("ann"):says("!hello")
  room:expect("Hello, ann!")
end)
