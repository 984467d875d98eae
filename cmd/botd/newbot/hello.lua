-- A first script. Save it while the bot runs, and the bot does what it says now.

bot.command{ "hello", help = "greets you", cooldown = {user = "5s"}, examples = {"!hello"},
  run = function(ev)
    ev:reply("Hello, " .. ev.user.name .. "!")
  end }
