-- expect: harmless: no paths
bot.command("attack", function(ev)
  local seen = {}
  local function see(...) for i = 1, select("#", ...) do seen[#seen + 1] = tostring((select(i, ...))) end end
  see(pcall(error)); see(pcall(nil)); see(pcall(function() local x = nil; x() end)); see(pcall(require, "nothing"))
  see(pcall(json.decode, "{")); see(pcall(time.parse, "x", "%Q")); see(pcall(time.format, 0, "%Y", "../../../etc/passwd"))
  see(pcall(bot.room, "x")); see(pcall(bot.on)); see(pcall(coroutine.resume)); see(pcall(("x").rep)); see(pcall(setmetatable, 1))
  see(xpcall(function() error({}) end, function(e) return tostring(e) end))
  local all = table.concat(seen, " ")
  ev:reply((all:find("/tmp/") or all:find("/root") or all:find("%.go") or all:find("goroutine")) and "leaked " .. all or "no paths")
end)
