-- expect: error: would be longer
bot.command("attack", function()
  return text.tpl(("{a}"):rep(300000), {a = ("x"):rep(1000000)})
end)
