local st = state{ version = 2, karma = {}, migrate = function(old, from) if from == 1 then return { karma = old.points or {} } end end }
bot.on("message", { not_from_bots = true }, function(ev)
  for who in ev.text:gmatch("([%w_]+)%+%+") do
    local key = text.fold(who)
    st.karma[key] = (st.karma[key] or 0) + 1
    ev:reply(("%s is at %d"):format(who, st.karma[key]))
  end
end)
