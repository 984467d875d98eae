-- expect: error: longer than 256 bytes
local keep = {}
local function more()
  for i = 1, 10 do keep[#keep + 1] = assert(kv.ns(("x"):rep(100000) .. #keep)) end
  after(0, more)
end
bot.command("attack", more)
