-- expect: harmless: spawning
-- why: each task is short and there is always another; what stops it is that others get their turn
bot.command("attack", function(ev)
  local function f() bot.spawn(f) bot.spawn(f) end
  ev:reply("spawning")
  while true do bot.spawn(f) sleep(0) end
end)
