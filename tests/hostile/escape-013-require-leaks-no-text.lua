-- expect: harmless: nothing of it
-- link: lib/shadow.lua: ../../config.yaml
-- with: lib/broken.lua: this is = = not lua
bot.command("attack", function(ev)
  local seen = ""
  for _, name in ipairs{"shadow", "broken", "nothing"} do
    local ok, err = pcall(require, name)
    seen = seen .. tostring(err)
  end
  ev:reply((seen:find("sessions") or seen:find("/tmp") or seen:find("lobby")) and "leaked: " .. seen or "nothing of it")
end)
