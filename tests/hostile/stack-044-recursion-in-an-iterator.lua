-- expect: error: stack overflow
bot.command("attack", function()
  local function it() for x in it do return x end end
  for _ in it do end
end)
