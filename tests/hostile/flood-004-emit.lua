-- expect: harmless: rate_limited
bot.command("attack", function(ev)
  while true do
    local ok, err = bot.emit("innocent.event", {n = 1})
    if not ok then return ev:reply(err.code) end
  end
end)
