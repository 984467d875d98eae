-- expect: harmless: ended
bot.command("attack", function(ev)
  for i = 1, 100 do
    local t = bot.spawn(function()
      while true do pcall(sleep, 1000) pcall(error, 1) end
    end)
    after(0.01, function() t:cancel() end)
  end
  sleep(0.1)
  ev:reply("ended")
end)
