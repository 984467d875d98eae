-- expect: stopped: memory
-- why: so does what a gsub has written when its callback waits
local s = ("a"):rep(900000) .. "x"
local function wait() sleep(3600) end
local function more()
  bot.spawn(string.gsub, s, "x", wait)
  after(0, more)
end
bot.command("attack", more)
