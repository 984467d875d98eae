-- expect: harmless: kept out
bot.command("attack", function(ev)
  local sent = 0
  for _, h in ipairs{{["X\r\nHost"] = "evil"}, {X = "a\r\nHost: evil"}, {Host = "127.0.0.1"}, {["Content-Length"] = "-1"}, {["Transfer-Encoding"] = "chunked"}, {Connection = "upgrade", Upgrade = "websocket"}, {["Proxy-Authorization"] = "x"}, {[""] = "x"}} do
    local ok, r = pcall(http.get, "http://127.0.0.1:1/", { headers = h, timeout = "300ms" })
    if ok and r then sent = sent + 1 end
  end
  for _, m in ipairs{"GET / HTTP/1.1\r\n\r\nGET", "CONNECT", "", "A B", ("M"):rep(100000)} do
    local ok, r = pcall(http.request, { url = "http://127.0.0.1:1/", method = m, timeout = "300ms" })
    if ok and r then sent = sent + 1 end
  end
  ev:reply(sent == 0 and "kept out" or "sent " .. sent)
end)
