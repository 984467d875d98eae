-- expect: harmless: only joins
-- why: what the loader puts in for .. can be called by its name too
bot.command("attack", function(ev)
  local f = ("\0concat")()
  local ok = pcall(f, {}, {})
  ev:reply(f("only ", "joins"))
end)
