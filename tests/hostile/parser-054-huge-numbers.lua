-- expect: harmless: loaded
local n = {1e308, 1e-308, 0xffffffffffffffff, 123456789012345678901234567890, .5, 5., 0x1, 3e+10}
bot.command("attack", function(ev) for _, v in ipairs(n) do assert(v == v and tostring(v)) end ev:reply("loaded") end)
