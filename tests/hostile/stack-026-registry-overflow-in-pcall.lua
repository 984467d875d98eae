-- expect: harmless: survived
bot.command("attack", function(ev)
  local t = {}
  for i = 1, 7999 do t[i] = i end
  local function f(...) return f(1, ...) end
  for i = 1, 3 do pcall(f, unpack(t)) end
  local kept = 0
  local function inc() kept = kept + 1 end
  pcall(f, unpack(t))
  inc()
  ev:reply(kept == 1 and "survived" or "lost")
end)
