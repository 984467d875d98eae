-- expect: stopped: effort or harmless: tried all or stopped: memory
-- limits: steps: 200000000, handler_time: 20s, alloc: 2GiB
local cyclic = {}
cyclic.self, cyclic[1] = cyclic, cyclic
local deep = {}
for i = 1, 500 do deep = {deep} end
local function fails() error({}) end
local long = ("x"):rep(200000)
local co = coroutine.create(function() coroutine.yield() end)
local bad = setmetatable({}, {__index = fails, __newindex = fails, __tostring = fails, __len = fails, __call = fails, __eq = fails, __pairs = fails, __concat = fails})
local wrong = setmetatable({}, {__tostring = function() return {} end, __index = function() return bad end, __pairs = function() return 1, 2, 3 end})
bot.command("attack", function(ev)
  local odd = {0, 1, -1, 0.5, 2 ^ 31, -2 ^ 31, 2 ^ 53, 1e308, -1e308, 1 / 0, -1 / 0, 0 / 0, "", "x", "%", "(", "[", "%b", "10", "1e400", "-0", "\0", "\255\254",
    long, true, false, {}, {1, 2, 3}, {a = 1}, {[1.5] = 1}, {[true] = 1}, cyclic, deep, bad, wrong, print, function() end, fails, co, ev, ev.room, ev.user, ev.session,
    json.null, string, _G}
  local skip = {sleep = true, wait = true, yield = true, timeout = true, race = true, all = true, every = true, after = true, spawn = true, print = true,
    leave = true, say = true, emote = true, reply = true, whisper = true, ask = true, choose = true, confirm = true, stop = true, on = true, once = true, hear = true,
    command = true, emit = true, debug = true, info = true, warn = true, error = true}
  local function try(f, ...) pcall(f, ...) end
  local function sweep(f, self)
    try(f)
    for i = 1, #odd do
      local v = odd[i]
      if self then
        try(f, self, v)
        for k = i % 5 + 1, #odd, 5 do try(f, self, v, odd[k]) end
      else
        try(f, v)
        for k = i % 5 + 1, #odd, 5 do try(f, v, odd[k]); try(f, v, odd[k], odd[(i * 7 + k * 3) % #odd + 1]) end
      end
    end
    try(f, nil, nil, nil, nil); try(f, unpack({}, 1, 200))
  end
  for name, f in pairs(_G) do
    if type(f) == "function" and not skip[name] then sweep(f) end
  end
  for _, m in ipairs{string, table, math, os, coroutine} do
    for name, f in pairs(m) do if type(f) == "function" and not skip[name] then sweep(f) end end
  end
  for module, names in pairs{json = "encode decode array", text = "fold distance truncate split tpl plural escape table", time = "now parse format ago duration span",
    rng = "int float pick shuffle weighted dice", bot = "rooms room sessions session commands"} do
    for name in names:gmatch("%S+") do sweep(_G[module][name]) end
  end
  for _, o in ipairs{ev, ev.room, ev.user, ev.session} do
    for name in ("react delete table users user history can limits set_topic slow subscribers_only lock clear invite call is mention mute unmute timeout kick ban unban grant revoke join rename rooms commands"):gmatch("%S+") do
      local ok, f = pcall(function() return o[name] end)
      if ok then for i = 1, #odd do try(f, o, odd[i]); try(f, o, odd[i], odd[i % #odd + 1]); try(f, odd[i]) end end
    end
  end
  ev:reply("tried all")
end)
