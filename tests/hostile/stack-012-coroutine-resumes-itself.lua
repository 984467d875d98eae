-- expect: harmless: false
bot.command("attack", function(ev)
  local co
  co = coroutine.create(function() return coroutine.resume(co) end)
  local ok, inner = coroutine.resume(co)
  ev:reply(tostring(inner))
end)
