-- expect: harmless: nothing ran
bot.command("attack", function(ev)
  local ran = false
  do local t = setmetatable({}, {__gc = function() ran = true end, __close = function() ran = true end, __mode = "k"}) end
  for i = 1, 1000 do local _ = {} end
  ev:reply(ran and "ran" or "nothing ran")
end)
