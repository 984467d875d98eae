-- expect: stopped: effort or error: quota or throttled: quota
bot.command("attack", function(ev)
  while true do
    local ok, err = ev.room:say(("word "):rep(1000))
    if err then error(err) end
  end
end)
