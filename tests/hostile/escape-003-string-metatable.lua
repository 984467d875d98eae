-- expect: harmless: locked
bot.command("attack", function(ev)
  local got = getmetatable("")
  local tries = {
    function() getmetatable("").__index = {} end,
    function() setmetatable("", {}) end,
    function() ("").x = 1 end,
    function() string.upper = function() return "hostile" end end,
    function() rawset(string, "upper", function() return "hostile" end) end,
    function() table.insert(string, function() end) end,
    function() table.remove(string) end,
    function() table.sort(string) end,
    function() setmetatable(string, nil) end,
    function() setmetatable(string, {__index = {}}) end,
  }
  local n = 0
  for _, f in ipairs(tries) do if pcall(f) then n = n + 1 end end
  ev:reply(got == false and n == 0 and ("x"):upper() == "X" and "locked" or "open " .. n)
end)
