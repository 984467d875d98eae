-- expect: error: quota
bot.command("attack", function()
  local value = ("x"):rep(60000)
  for i = 1, 1e9 do assert(kv.set("key" .. i, value)) end
end)
