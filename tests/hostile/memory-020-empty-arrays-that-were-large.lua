-- expect: stopped: memory
-- why: the room a table once had stays, though nothing is in it
local keep = {}
local function more()
  local t = {}
  t[262143] = 1
  t[262143] = nil
  keep[#keep + 1] = t
  after(0, more)
end
bot.command("attack", more)
