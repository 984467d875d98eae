-- expect: harmless: sound
bot.command("attack", function(ev)
  local t = {}
  for i = 1, 1000 do t[i] = i % 7 end
  pcall(table.sort, t, function(a, b) t[#t + 1] = 1 t[1] = nil if #t > 3000 then error("stop") end return a < b end)
  local s = setmetatable({}, {__index = function(_, k) t[#t + 1] = k return k end})
  pcall(text.tpl, ("{a}"):rep(100), s)
  pcall(table.foreach, t, function(k) t[k] = nil t["x" .. tostring(k)] = 1 if k == "x50" then return 1 end end)
  for k in pairs(t) do t[k] = nil t[tostring(k) .. "y"] = nil end
  local rows = {}
  rows[1] = {setmetatable({}, {__tostring = function() rows[#rows + 1] = rows[1] return "x" end})}
  pcall(text.table, rows)
  pcall(json.encode, setmetatable({1}, {__index = function() return 1 end}))
  ev:reply("sound")
end)
