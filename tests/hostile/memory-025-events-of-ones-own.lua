-- expect: stopped: memory or throttled: emit
local keep = {}
bot.on("hoard.more", function(ev) keep[#keep + 1] = ev end)
local function more()
  bot.emit("hoard.more", {("x"):rep(50000) .. math.random()})
  after(0, more)
end
bot.command("attack", more)
