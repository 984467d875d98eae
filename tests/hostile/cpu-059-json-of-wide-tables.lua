-- expect: stopped: effort
-- limits: handler_time: 200ms
bot.command("attack", function()
  local t = {}
  for i = 1, 5000 do t["key" .. i] = {i} end
  local s = "[" .. ("[],"):rep(30000) .. "[]]"
  while true do json.decode(json.encode(t)) json.decode(s) end
end)
