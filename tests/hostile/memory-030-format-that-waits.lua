-- expect: stopped: memory
local s = ("a"):rep(900000)
local o = setmetatable({}, {__tostring = function() sleep(3600) return "" end})
local function more()
  bot.spawn(string.format, s .. "%s", o)
  after(0, more)
end
bot.command("attack", more)
