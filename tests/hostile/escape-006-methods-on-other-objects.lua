-- expect: harmless: refused
bot.command("attack", function(ev)
  local objects = {ev, ev.room, ev.user, ev.session, json.null, bot.on("x.y", function() end), after(100, function() end), {}, "x", 1, true, print,
    coroutine.create(function() end), setmetatable({}, {__index = ev})}
  local methods = {ev.reply, ev.stop, ev.table, ev.room.say, ev.room.users, ev.room.wait, ev.user.whisper, ev.user.is, ev.session.call, ev.session.commands}
  local ran = 0
  for i, m in ipairs(methods) do
    for k, o in ipairs(objects) do
      local own = i <= 3 and k == 1 or i > 3 and i <= 6 and k == 2 or (i == 7 or i == 8) and k == 3 or i > 8 and k == 4
      if not own and pcall(m, o, "x") then ran = ran + 1 end
      if pcall(m) then ran = ran + 1 end
    end
  end
  ev:reply(ran == 0 and "refused" or "ran " .. ran)
end)
