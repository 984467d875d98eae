-- expect: error: too many or error: quota or error: module
-- why: botd remembers which files a script asked for
local n = 0
local function more()
  for i = 1, 500 do n = n + 1; local ok, err = pcall(require, "m" .. n); if not err:find("there is no") then error(err, 0) end end
  after(0, more)
end
bot.command("attack", more)
