-- expect: harmless: locked
bot.command("attack", function(ev)
  local broke = 0
  local function try(f, ...) if pcall(f, ...) then broke = broke + 1 end end
  for _, m in ipairs{string, table, math, os, coroutine, bot, kv, json, cron, log, rng, text, time} do
    try(rawset, m, "evil", 1)
    try(table.insert, m, 1)
    try(table.sort, setmetatable({}, {__index = m}))
    try(function() m.evil = 1 end)
    try(function() for k in pairs(m) do m[k] = nil end end)
    try(setmetatable, m, {})
    coroutine.wrap(function() try(function() m.evil = 1 end) end)()
  end
  ev:reply(broke <= 13 and string.evil == nil and "locked" or "broke " .. broke)
end)
