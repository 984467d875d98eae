-- expect: harmless: nothing of the host
bot.command("attack", function(ev)
  local leaks = {}
  for _, f in ipairs{function() require("nothere") end, function() require("..") end, function() bot.room("a/b") end, function() kv.get({}) end, function() cron.at("x", print) end, function() json.decode("{") end,
    function() error() end, function() local x = nil; x.y = 1 end, function() string.rep() end, function() bot.on("nope", print) end, function() ev:nope() end, function() ev.room:call("nope") end} do
    local ok, err = pcall(f)
    local s = tostring(err)
    if s:find("/tmp") or s:find("%.go") or s:find("goroutine") or s:find("0x") or s:find("botd/") or s:find("runtime") then leaks[#leaks + 1] = s end
  end
  ev:reply(#leaks == 0 and "nothing of the host" or "leaked " .. table.concat(leaks, "; "))
end)
