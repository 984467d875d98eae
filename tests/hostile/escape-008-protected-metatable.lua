-- expect: harmless: locked
bot.command("attack", function(ev)
  local t = setmetatable({}, {__metatable = "no"})
  local a = pcall(setmetatable, t, {})
  local b = pcall(json.array, t)
  local l = json.array({})
  local c = pcall(setmetatable, l, {})
  ev:reply(not a and not b and not c and getmetatable(t) == "no" and type(getmetatable(l)) ~= "table" and "locked" or "open")
end)
