-- expect: harmless: scanned
bot.command("attack", function(ev)
  local value = ("x"):rep(60000)
  for i = 1, 50 do if not kv.set("k" .. i, value .. i) then break end end
  for i = 1, 300 do bot.spawn(function()
    local all, err = kv.scan("", {limit = 1000})
    if all or err.code ~= "quota" then error("too much") end
  end) end
  local last, n = "", 0
  repeat
    local page = assert(kv.scan("", {limit = 4, after = last}))
    n = n + #page
    if #page > 0 then last = page[#page].key end
  until #page < 4
  ev:reply(n == 50 and "scanned" or "scanned " .. n)
end)
