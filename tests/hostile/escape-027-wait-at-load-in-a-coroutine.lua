-- expect: refused at load: cannot wait
local co = coroutine.wrap(function() pcall(sleep, 1) local _ = ("x"):gsub("x", function() sleep(1) end) end)
co()
