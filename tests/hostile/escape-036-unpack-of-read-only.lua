-- expect: harmless: cannot
-- why: the real table behind a read-only one must not come out of any function
bot.command("attack", function(ev)
  local out = {}
  local function see(v) if type(v) == "table" and v ~= string and v ~= out then out[#out + 1] = v end end
  see(next(string)); see(select(2, next(string))); see(rawget(string, "__index")); see((pairs(string)))
  for _, f in ipairs{pairs, ipairs, next, unpack, table.concat, table.foreach, table.foreachi, json.array, json.encode} do
    local r = {pcall(f, string, see)}
    for i = 2, #r do see(r[i]) end
  end
  for i, t in ipairs(out) do pcall(rawset, t, "upper", function() return "hostile" end) end
  ev:reply(("x"):upper() == "X" and string.upper("x") == "X" and "cannot" or "can")
end)
