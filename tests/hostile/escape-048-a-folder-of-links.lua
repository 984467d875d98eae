-- expect: harmless: kept out
-- link: lib/f48/out: /etc
-- link: lib/f48/passwd.lua: /etc/passwd
-- link: lib/f48/self.lua: $DIR/config.yaml
-- link: lib/f48/loop.lua: loop.lua
-- link: lib/f48/dev.lua: /dev/zero
-- link: lib/f48/up: $DIR/..
bot.command("attack", function(ev)
  local got = 0
  for _, name in ipairs{"f48.out.passwd", "f48/out/passwd", "f48.passwd", "f48.self", "f48.loop", "f48.dev", "f48.up.x", "lib.f48.passwd", "lib.f48.out.passwd", "f48.out.hostname"} do
    local ok, err = pcall(require, name)
    if ok or tostring(err):find("root:") or tostring(err):find("sessions") then got = got + 1 end
  end
  ev:reply(got == 0 and "kept out" or "got " .. got)
end)
