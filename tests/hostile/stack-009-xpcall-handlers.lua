-- expect: harmless: ended
bot.command("attack", function(ev)
  local function h(e) return xpcall(error, h, e) end
  xpcall(error, h, "x")
  ev:reply("ended")
end)
