-- expect: harmless: only mine
-- why: what a script does to its globals must stay its own
local answer = function(ev) ev:reply("only mine") end
local command = bot.command
hostile = true
print, pcall, error, json, table, string, coroutine, assert, bot = nil, nil, nil, nil, {}, {}, {}, nil, nil
command("attack", answer)
