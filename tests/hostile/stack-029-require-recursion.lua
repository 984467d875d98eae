-- expect: error: circle
-- with: lib/ring_a.lua: return require("ring_b")
-- with: lib/ring_b.lua: return require("ring_c")
-- with: lib/ring_c.lua: return require("ring_a")
bot.command("attack", function() require("ring_a") end)
