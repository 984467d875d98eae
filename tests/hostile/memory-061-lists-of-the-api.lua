-- expect: stopped: effort or stopped: memory
local keep = {}
local function more()
  for i = 1, 500 do keep[#keep + 1] = {bot.rooms(), bot.commands(), bot.room("lobby/lobby"):users(), bot.room("lobby/lobby"):history(100)} end
  after(0, more)
end
bot.command("attack", more)
