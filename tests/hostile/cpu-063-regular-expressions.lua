-- expect: stopped: effort or stopped: memory or error: too many for this expression
bot.command("attack", function()
  local patterns = {"(a*)*b", "(a|a)*b", "(a|aa)+$", "((((((((a*)*)*)*)*)*)*)*)*b", "a{1000}{1000}", "(x{500}){500}", "(\\pL|\\d|_)*!", "(?i)(straße|ſ)*k", ".*.*.*.*.*=.*", "(((((.{100}){10}){10})))"}
  local subject = ("a"):rep(100000)
  while true do
    for _, p in ipairs(patterns) do
      local ok, r = pcall(re.compile, p)
      if ok and r then
        r:test(subject) r:find(subject) r:all(subject) r:split(subject)
        pcall(r.gsub, r, subject, function(m) return m .. m end)
      end
    end
  end
end)
