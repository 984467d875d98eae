-- expect: harmless: locked
bot.command("attack", function(ev)
  local open = 0
  for _, v in ipairs{1, "s", true, print, function() end, coroutine.create(function() end)} do
    if pcall(setmetatable, v, {__index = function() return "hostile" end}) then open = open + 1 end
    if getmetatable(v) then open = open + 1 end
  end
  if pcall(setmetatable, nil, {}) then open = open + 1 end
  ev:reply(open == 0 and "locked" or "open " .. open)
end)
