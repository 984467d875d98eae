-- expect: error: pattern or error: quota or error: subscriptions or stopped: memory
local n = 0
local function more()
  for i = 1, 5 do
    n = n + 1
    bot.hear(("[a-c][d-f][" .. n .. "]"):rep(1000), function() end)
  end
  after(0, more)
end
bot.command("attack", more)
