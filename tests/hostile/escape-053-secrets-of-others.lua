-- expect: harmless: kept out
bot.command("attack", function(ev)
  local got = 0
  for _, name in ipairs{ "token", "", "../token", "innocent/token", "HOME", "PATH", "${env:HOME}", "${file:/etc/passwd}", "*", ("x"):rep(100000) } do
    local ok, v = pcall(secret.get, name)
    if ok and v then got = got + 1 end
  end
  ev:reply(got == 0 and "kept out" or "got " .. got)
end)
