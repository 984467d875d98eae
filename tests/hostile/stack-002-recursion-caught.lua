-- expect: harmless: caught still fine
bot.command("attack", function(ev)
  local depth = 0
  local function f() depth = depth + 1; return 1 + f() end
  local ok, err = pcall(f)
  local again = pcall(f)
  ev:reply(not ok and not again and depth > 50 and "caught still fine" or tostring(err))
end)
