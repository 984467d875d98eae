-- Run by: botd test plugins.d/NAME
test.case("it greets", function(t)
  t:load("NAME", { grants = { "chat" }, config = { greeting = "Hello, {name}!" } })
  local room = t:room("lobby/lobby")
  room:user("ann"):says("!greetme")
  room:expect("Hello, ann!")
end)
