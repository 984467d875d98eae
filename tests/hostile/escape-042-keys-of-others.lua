-- expect: harmless: only mine
bot.command("attack", function(ev)
  local found = 0
  for _, prefix in ipairs{"", "../", "/", "kv/", "kv/innocent", "innocent/", "shared", "\0", "..", "%"} do
    for _, e in ipairs(kv.scan(prefix) or {}) do found = found + 1 end
  end
  for _, key in ipairs{"../innocent/x", "kv/innocent\0x", "\0", "", ("k"):rep(1000), "\255", "/"} do pcall(kv.set, key, "mine") pcall(kv.get, key) end
  local none, err = shared.get("x")
  ev:reply(found == 0 and none == nil and err.code == "denied" and "only mine" or "found " .. found)
end)
