local words = require "words"

bot.command{ "hello", help = "Says hello to you", run = function(ev)
  ev:reply(words.greet(bot.config.greeting, ev.user.name))
end }
