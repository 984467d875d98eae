-- expect: harmless: kept out
bot.command("attack", function(ev)
  local out = 0
  for _, u in ipairs{"http://127.0.0.1:22/", "http://[::1]/", "http://localhost/", "http://0.0.0.0/", "http://0/", "http://127.1/", "http://2130706433/", "http://0x7f.1/", "http://017700000001/", "http://[::ffff:127.0.0.1]/", "http://[::ffff:7f00:1]/",
    "http://169.254.169.254/latest/meta-data/", "http://10.0.0.1/", "http://192.168.0.1/", "http://172.16.0.1/", "http://100.64.0.1/", "http://[fe80::1]/", "http://[fd00::1]/", "http://[64:ff9b::7f00:1]/", "http://[2002:7f00:1::]/",
    "file:///etc/passwd", "gopher://127.0.0.1/", "http://user:pass@127.0.0.1/", "http://127.0.0.1%00.example.com/", "unix:///tmp/x", "http:///", "//127.0.0.1/", "http://224.0.0.1/", "http://255.255.255.255/", "http://192.0.2.1/"} do
    local ok, r, err = pcall(http.get, u, { timeout = "300ms", retry = 0 })
    if not ok or not r then out = out + 1 else log.warn("it got through", { url = u }) end
  end
  ev:reply(out == 30 and "kept out" or "only " .. out)
end)
