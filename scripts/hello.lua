-- The first script: it answers commands.
--
-- bot.command(name, fn) calls fn when somebody writes the command, here "!ping".
-- ev is what happened: who wrote it (ev.user), where (ev.room), and ways to answer.
-- rest is what stood after the command, or "" if nothing did.
--
-- Change a text below and save: the bot answers differently at once.

bot.command("ping", function(ev, rest)
  if rest == "" then
    ev:reply("pong")
  else
    ev:reply("pong " .. rest)
  end
end)

bot.command("hello", function(ev)
  ev:reply("Hello, " .. ev.user.name .. "!")
end)
