-- expect: error: filter or error: quota or error: subscriptions or stopped: memory
-- why: what filters hold is not in the script's own memory
local n = 0
local function more()
  for i = 1, 5 do
    n = n + 1
    local names = {}
    for k = 1, 9000 do names[k] = "somebody called " .. k .. " of " .. n end
    bot.on("message", {users = names}, function() end)
  end
  after(0, more)
end
bot.command("attack", more)
