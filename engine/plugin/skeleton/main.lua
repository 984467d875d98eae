local words = require "words"

bot.command{ "greetme", help = "Greets you", run = function(ev)
  ev:reply(words.greet(bot.config.greeting, ev.user.name))
end }
