-- expect: harmless: still here 60
bot.command("attack", function(ev)
  local function f(n)
    if n == 0 then sleep(0.01) return 0 end
    return 1 + f(n - 1)
  end
  local depth
  local co = coroutine.wrap(function()
    pcall(function()
      table.sort({2, 1}, function(a, b)
        local _ = ("x"):gsub("x", function() depth = f(60) end)
        return a < b
      end)
    end)
  end)
  co()
  ev:reply("still here " .. depth)
end)
