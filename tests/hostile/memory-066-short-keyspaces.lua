-- expect: stopped: memory
local keep = {}
local function more()
  for i = 1, 2000 do keep[#keep + 1] = kv.ns(("x"):rep(240) .. #keep) end
  after(0, more)
end
bot.command("attack", more)
