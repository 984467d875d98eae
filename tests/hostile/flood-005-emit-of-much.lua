-- expect: harmless: quota
bot.command("attack", function(ev)
  local ok, err = bot.emit("innocent.event", {("x"):rep(1000000)})
  ev:reply(err.code)
end)
