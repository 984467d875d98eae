-- expect: throttled: errors not shown or error: attempt to index
every(0.01, function() for i = 1, 50 do bot.spawn(function() local x = nil; x.y = 1 end) end end)
