-- The rules of each room: those of the configuration, with what moderators changed there.
local filters = require "filters"
local config = bot.config
local rooms = {}

-- By room: {shadow=, filters={caps={on=, percent=}}, add={word=true}, remove={word=true}}.
local st = state{ version = 1, rooms = {} }

local known = {}   -- rooms with rules of their own, by id; true once the bot was in them

-- own is what was changed in a room; not to be written to.
function rooms.own(id) return st.rooms[id] or { filters = {}, add = {}, remove = {} } end

-- shadow tells whether a room is on trial.
function rooms.shadow(id)
  local own = rooms.own(id).shadow
  if own == nil then return config.shadow end
  return own
end

-- words are those of the configuration without those removed, and those added.
function rooms.words(id)
  local own, out = rooms.own(id), {}
  for _, word in ipairs(config.filters.words.list or {}) do
    if not own.remove[text.fold(word)] then out[#out + 1] = word end
  end
  local added = {}
  for word in pairs(own.add) do added[#added + 1] = word end
  table.sort(added)
  for _, word in ipairs(added) do out[#out + 1] = word end
  return out
end

-- filter is how a filter is set in a room.
function rooms.filter(id, name)
  local out = {}
  for key, value in pairs(config.filters[name]) do out[key] = value end
  for key, value in pairs(rooms.own(id).filters[name] or {}) do out[key] = value end
  if name == "words" then out.list = rooms.words(id) end
  return out
end

local function ladder(name, steps)
  local spec = { name, decay = config.decay }
  for i, step in ipairs(steps) do spec[i + 1] = step end
  return mod.ladder(spec)
end

local common = ladder("common", config.ladder)

-- why is what people are told, in the language of the room.
local function why(name, f, room) return f.why or i18n.t("why." .. name, {}, { room = room }) end

-- rules makes what mod.rules takes for a room, which is nil before the bot is in it. id is ""
-- for all rooms without rules of their own.
local function rules(id, room)
  local spec = { "room " .. id, shadow = rooms.shadow(id), exempt = config.exempt, ladder = common }
  for _, name in ipairs(filters.order) do
    local f = rooms.filter(id, name)
    for _, rule in ipairs(filters.rules(name, f)) do
      rule.off, rule.why, rule.exempt = not f.on, why(name, f, room), f.exempt
      if f.ladder then rule.ladder = ladder(name, f.ladder) end
      spec[#spec + 1] = rule
    end
  end
  return spec
end

local function install(id, room)
  local spec = rules(id, room)
  spec.rooms = { id }
  local ok, err = mod.rules(spec)
  known[id] = room ~= nil
  return ok, err
end

-- others puts the rules of the configuration in force in all rooms that are not known.
local function others()
  local spec = rules("")
  spec.not_rooms = {}
  for id in pairs(known) do spec.not_rooms[#spec.not_rooms + 1] = id end
  mod.rules(spec)
end

local function copy(value)
  if type(value) ~= "table" then return value end
  local out = {}
  for k, v in pairs(value) do out[k] = copy(v) end
  return out
end

-- check looks at the rules of a room, of which moderators typed some.
local function check(id)
  for i, rule in ipairs(rules(id)) do
    if i > 1 then   -- the first is their name
      local ok, err = mod.check(rule)
      if not ok then return nil, err end
    end
  end
  return true
end

-- change has fn change what is the room's own, and puts its rules in force. If they cannot be,
-- it returns nil and an error, and nothing has changed.
function rooms.change(room, fn)
  local old, new = st.rooms[room.id], copy(rooms.own(room.id))
  fn(new)
  st.rooms[room.id] = new
  local ok, err = check(room.id)
  if ok then ok, err = install(room.id, room) end
  if not ok then st.rooms[room.id] = old end
  return ok, err
end

-- meet gives rules of their own, in their language, to rooms that the bot has come into.
local function meet()
  local fresh = false
  for _, room in ipairs(bot.rooms()) do
    if not known[room.id] then
      fresh = fresh or known[room.id] == nil
      install(room.id, room)
    end
  end
  if fresh then others() end
end

-- begin puts all rules in force. Those of rooms where something was changed are there before
-- the bot is.
function rooms.begin()
  for id in pairs(st.rooms) do install(id) end
  others()
  meet()
  for _, kind in ipairs{ "connect", "users", "access" } do bot.on(kind, meet) end
  bot.on("join", { self = true }, function(ev) if ev.self then meet() end end)
end

return rooms
