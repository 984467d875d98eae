-- expect: harmless: refused
bot.command("attack", function(ev)
  local sent = 0
  for _, kind in ipairs{"message", "join", "connect", "disconnect", "error", "raw", "reload", "", "ban", ("x"):rep(200)} do
    local ok, done = pcall(bot.emit, kind, {text = "!ping 1"})
    if ok and done then sent = sent + 1 end
  end
  ev:reply(sent <= 1 and "refused" or "sent " .. sent)
end)
