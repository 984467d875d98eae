-- expect: harmless: nil too much
bot.command("attack", function(ev)
  local v, err = json.decode(("["):rep(500000) .. ("]"):rep(500000))
  ev:reply(tostring(v) .. " " .. err.message:sub(1, 8))
end)
