-- A command in full: a table with a name, a line of help, and the function to run.
--
-- What people write is data, not a program: it goes back as it came, and the bot does
-- not answer itself, because a bot's own messages reach no handler unless it asks for
-- them.

bot.command{ "echo",
  help = "says what you say",
  run = function(ev, text)
    if text == "" then
      return ev:reply("usage: !echo text")
    end
    -- A call that fails returns nil and an error with a code and a message.
    local sent, err = ev.room:say(text)
    if not sent then
      log.warn("echo failed: " .. err.message, { code = err.code })
    end
  end,
}
