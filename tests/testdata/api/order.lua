bot.command{ "order", mode = "single", run = function(ev)
  local size = ev:choose("Which size?", {"small", "medium", "large"}, {timeout = "60s"})
  if not size then return ev:reply("no answer, order dropped") end
  local n, why = ev:ask("How many?", {as = "int", tries = 3})
  if not n then return ev:reply("order dropped: " .. why.message) end
  if ev:confirm(("%d %s, right?"):format(n, size)) then
    ev:reply("ordered, your total: " .. kv.incr("orders/" .. ev.user.id, n))
  end
end }
