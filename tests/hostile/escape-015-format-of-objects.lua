-- expect: harmless: event
bot.command("attack", function(ev)
  local s = ("%s %s %s %s"):format(ev, ev.room, ev.user, json.null)
  s = s:gsub(ev.id, "ID")   -- which may have an 0x in it
  ev:reply(s:find("0x") and s or tostring(ev):match("event"))
end)
