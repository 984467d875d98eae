-- expect: error: (error object is a table)
bot.command("attack", function()
  local e = {}
  e.message, e.code, e.e = e, e, e
  error(e)
end)
