-- expect: error: invalid option
bot.command("attack", function(ev) return ("%v %+v %#v %T"):format(ev, ev, ev, ev) end)
