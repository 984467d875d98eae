-- expect: stopped: effort
-- limits: handler_time: 200ms
bot.command("attack", function()
  local digits, blanks = ("1"):rep(1e6), (" "):rep(1e6)
  while true do
    local _ = tonumber(digits), tonumber(digits, 36), tonumber(blanks .. "1"), tonumber("0x" .. digits:sub(1, 1000)), pcall(function() return digits + 1 end)
  end
end)
