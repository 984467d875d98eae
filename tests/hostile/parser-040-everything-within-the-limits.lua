-- expect: harmless: loaded
-- why: a source at all its limits must still compile in no time
-- generate: "do local function f() local t = {} t.a = 1 + 2 * 3 - 4 / 5; return t.a, t.b, t.c end end\n"*1900 + "do local t = {" + "#,"*7000 + "} end\n"
bot.command("attack", function(ev) ev:reply("loaded") end)
