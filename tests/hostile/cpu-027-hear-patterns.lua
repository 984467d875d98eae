-- expect: error: the patterns of the script took too long
-- say: !done
-- why: patterns are matched before a handler runs, so no handler's budget bounds them
for i = 1, 2000 do
  bot.hear(".-.-.-.-.-.-.-" .. i .. "b$", function() end)
end
bot.command("attack", function(ev) ev:reply("heard") end)
