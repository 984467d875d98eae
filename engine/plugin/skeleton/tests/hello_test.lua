-- Run by: botd test plugins.d/NAME
test.case("it says hello", function(t)
  t:load("NAME", { grants = { "chat" }, config = { greeting = "Hello, {name}!" } })
  local room = t:room("lobby/lobby")
  room:user("ann"):says("!hello")
  room:expect("Hello, ann!")
end)
