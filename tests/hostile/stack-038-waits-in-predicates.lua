-- expect: stopped: effort or error: stack overflow or error: cannot or harmless: deep or error: handlers wait already
-- say: one
-- say: two
bot.command("attack", function(ev)
  local function pred() return ev.room:wait("message", pred, 0.01) end
  pcall(pred)
  ev:reply("deep")
end)
