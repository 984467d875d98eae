-- expect: stopped: memory or throttled: quota
local keep = {}
local function more()
  local m, err = bot.room("lobby/attic"):say(("word "):rep(700) .. #keep)
  if err then error(err) end
  keep[#keep + 1] = m
  after(0, more)
end
bot.command("attack", more)
