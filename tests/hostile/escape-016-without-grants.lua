-- expect: harmless: denied denied denied denied denied
bot.command("attack", function(ev)
  local codes = {}
  for _, f in ipairs{
    function() return ev.user:ban() end, function() return ev.user:kick() end, function() return ev.room:set_topic("hostile") end,
    function() return ev.room:leave() end, function() return ev.session:call("kick", {user = "ann"}) end,
  } do
    local ok, err = f()
    codes[#codes + 1] = ok and "done" or err.code
  end
  ev:reply(table.concat(codes, " "))
end)
