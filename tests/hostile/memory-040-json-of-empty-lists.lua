-- expect: stopped: allocation or stopped: instructions or stopped: memory
bot.command("attack", function()
  local s, keep = "[" .. ("{},"):rep(90000) .. "0]", {}
  while true do keep[#keep + 1] = json.decode(s) end
end)
