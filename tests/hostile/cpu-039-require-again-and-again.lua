-- expect: stopped: effort
-- limits: handler_time: 200ms
-- with: lib/slow.lua: local t = {1,2,3,4,5,6,7,8,9,10} error("no")
bot.command("attack", function() while true do pcall(require, "slow") end end)
