-- expect: error: name or error: quota or error: subscriptions or stopped: memory
local n = 0
local function more()
  for i = 1, 20 do
    n = n + 1
    bot.command({"c" .. n, aliases = {("x"):rep(100000) .. n}, run = function() end})
  end
  after(0, more)
end
bot.command("attack", more)
