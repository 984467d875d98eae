-- expect: error: quota or error: invalid or harmless: said
bot.command("attack", function(ev)
  local ok, err = bot.room("lobby/attic"):say(("word "):rep(200000))
  if err then error(err) end
  ev:reply("said")
end)
