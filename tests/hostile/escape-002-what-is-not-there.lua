-- expect: harmless: all gone
bot.command("attack", function(ev)
  local there = {}
  for _, name in ipairs{"load", "loadstring", "loadfile", "dofile", "module", "package", "io", "debug", "newproxy", "channel",
    "setfenv", "getfenv", "gcinfo", "collectgarbage", "_printregs", "jit", "ffi", "arg", "botd", "go"} do
    if _G[name] ~= nil then there[#there + 1] = name end
  end
  for _, name in ipairs{"exit", "execute", "getenv", "remove", "rename", "tmpname", "setlocale", "setenv"} do
    if os[name] ~= nil then there[#there + 1] = "os." .. name end
  end
  if string.dump then there[#there + 1] = "string.dump" end
  ev:reply(#there == 0 and "all gone" or table.concat(there, " "))
end)
