-- expect: harmless: all ended
bot.command("attack", function(ev)
  local mt, t = {}, {}
  setmetatable(t, mt)
  mt.__add = function(a, b) return a + b end
  mt.__concat = function(a, b) return a .. b end
  mt.__eq = function(a, b) return a == setmetatable({}, mt) end
  mt.__lt = function(a, b) return a < b end
  mt.__le = function(a, b) return a <= b end
  mt.__unm = function(a) return -a end
  mt.__len = function(a) return #a end
  mt.__call = function(self) return self() + 1 end
  mt.__index = function(t, k) return t[k] end
  mt.__newindex = function(t, k, v) t[k] = v end
  local n = 0
  for i, f in ipairs{
    function() return t + t end, function() return t .. t end, function() return t == setmetatable({}, mt) end,
    function() return t < t end, function() return t <= t end, function() return -t end,
    function() return t() end, function() return t.x end, function() t.x = 1 end,
  } do
    if not pcall(f) then n = n + 1 end
  end
  ev:reply(n == 9 and "all ended" or "only " .. n)
end)
