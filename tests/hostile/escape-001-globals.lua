-- expect: harmless: only what is allowed
-- why: what stands here is the whole surface; a new global must be added on purpose
local allowed = {}
for name in ([[_G _VERSION assert error getmetatable ipairs next pairs pcall print rawequal rawget rawlen rawset require select
  setmetatable tonumber tostring type unpack xpcall string table math os coroutine
  bot cron json kv log mod re rng shared state text time yaml csv url base64 hash http config secret i18n metrics
  sleep after every timeout race all]]):gmatch("%S+") do allowed[name] = true end
bot.command("attack", function(ev)
  local extra = {}
  for name in pairs(_G) do if not allowed[name] then extra[#extra + 1] = tostring(name) end end
  ev:reply(#extra == 0 and "only what is allowed" or "also " .. table.concat(extra, " "))
end)
