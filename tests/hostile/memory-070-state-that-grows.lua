-- expect: throttled: the state cannot be kept or stopped: memory
local st = state{ version = 1, list = {} }
local function more()
  for i = 1, 2000 do st.list[#st.list + 1] = ("x"):rep(100) .. #st.list end
  after(0.01, more)
end
bot.command("attack", more)
