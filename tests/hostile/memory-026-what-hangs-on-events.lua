-- expect: stopped: memory
-- why: an event keeps the tables that were made of it
local keep = {}
local function more()
  for i, ev in ipairs(bot.room("lobby/lobby"):history(100)) do
    local _ = ev.words, ev.user, ev.room
    keep[#keep + 1] = ev
  end
  after(0, more)
end
bot.command("attack", more)
