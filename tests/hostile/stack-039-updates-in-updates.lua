-- expect: error: stack overflow or error: handlers wait already
bot.command("attack", function()
  local function f() return kv.update("k", f) end
  f()
end)
