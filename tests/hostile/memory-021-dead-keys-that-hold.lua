-- expect: stopped: memory
-- why: the key of a deleted entry is kept, with all it leads to
local keep = {}
local function more()
  for i = 1, 100 do
    local key = {("x"):rep(10000) .. i}
    keep[key] = true
    keep[key] = nil
  end
  after(0, more)
end
bot.command("attack", more)
