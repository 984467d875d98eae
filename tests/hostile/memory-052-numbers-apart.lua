-- expect: stopped: memory
-- why: numbers lie in pages of 32, and one that is kept keeps its page
local keep = {}
local function more()
  local n = 0.5
  for i = 1, 5000 do
    for k = 1, 31 do n = n + 1 end
    n = n + 1
    keep[#keep + 1] = n
  end
  after(0, more)
end
bot.command("attack", more)
