-- expect: error: denied denied denied
-- config: grants: []
bot.command("attack", function(ev)
  local codes = {}
  for i, r in ipairs{{ev:reply("hostile")}, {ev.room:say("hostile")}, {bot.emit("innocent.event", {})}} do codes[i] = tostring(r[2]) end
  for _, f in ipairs{function() return ev:reply("hostile") end, function() return ev.room:say("hostile") end, function() return bot.emit("innocent.event") end} do
    local _, err = f()
    codes[#codes + 1] = err.code
  end
  error(table.concat(codes, " "), 0)
end)
