-- expect: harmless: event
bot.command("attack", function(ev)
  local s = ("%s %s %s %s"):format(ev, ev.room, ev.user, json.null)
  ev:reply(s:find("0x") and s or tostring(ev):match("event"))
end)
