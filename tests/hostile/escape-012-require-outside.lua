-- expect: harmless: refused
-- link: lib/passwd.lua: /etc/passwd
-- link: lib/up.lua: ../../config.yaml
-- link: lib/etc: /etc
-- link: lib/self.lua: self.lua
bot.command("attack", function(ev)
  local got = {}
  for _, name in ipairs{"../config", "..", ".", "/etc/passwd", "lib/../../config", "passwd", "up", "etc/passwd", "etc.passwd", "self", "",
    "a..b", "a//b", "\0", "a\0b", "C:\\x", "~", "empty.lua", "lib.passwd", ("a/"):rep(99) .. "b", 1, "\n", "empty\n"} do
    if pcall(require, name) then got[#got + 1] = tostring(name) end
  end
  ev:reply(#got == 0 and "refused" or table.concat(got, " "))
end)
