-- Announcements by config alone. Which text is next, and what was said since the last one, is
-- kept for each room, so a restart neither repeats nor skips.
local st = state{ version = 1, rooms = {} }   -- by announcement and room: {next=, lines=, speakers={}}
local list = bot.config.announcements or {}

local MAX_SPEAKERS = 50   -- more are not counted; the most that speakers may ask for

local function where(entry, room)
  local key = entry.name .. " " .. room.id
  st.rooms[key] = st.rooms[key] or { next = 1, lines = 0, speakers = {} }
  return st.rooms[key]
end

local function minutes(clock)
  local h, m = clock:match("^%s*(%d%d?):(%d%d)%s*$")
  h, m = tonumber(h), tonumber(m)
  if h and h < 24 and m < 60 then return h * 60 + m end
end

-- hours reads "22:00-07:30" into two times of day.
local function hours(entry)
  local from, to = entry.quiet:match("^(.-)%-(.*)$")
  from, to = minutes(from or ""), minutes(to or "")
  if not from or not to then
    error(("config.announcements: %s: quiet: want hours such as 22:00-07:30"):format(entry.name), 0)
  end
  return from, to
end

-- quiet tells whether it is a time of silence.
local function quiet(entry)
  if not entry.quiet then return false end
  local from, to = hours(entry)
  local now = minutes(assert(time.format(nil, "%H:%M", entry.tz)))
  if from <= to then return now >= from and now < to end
  return now >= from or now < to
end

local function each(entry, fn)
  local done = {}
  for _, glob in ipairs(entry.rooms) do
    for _, room in ipairs(bot.rooms(glob)) do
      local key = room.id
      if not done[key] then fn(room) end
      done[key] = true
    end
  end
end

local function count(map)
  local n = 0
  for _ in pairs(map) do n = n + 1 end
  return n
end

local function alive(entry, at) return at.lines >= entry.lines and count(at.speakers) >= entry.speakers end

-- listen counts what is said where an announcement waits for people to talk.
local function listen(entry)
  if entry.lines == 0 and entry.speakers == 0 then return end
  bot.on("message", { not_from_bots = true, private = false, rooms = entry.rooms }, function(ev)
    local at = where(entry, ev.room)
    at.lines = at.lines + 1
    if count(at.speakers) < MAX_SPEAKERS then at.speakers[ev.user.account or ev.user.id] = true end
  end)
end

-- say says the next text in a room.
local function say(entry, room)
  local at = where(entry, room)
  local n = at.next
  if entry.order == "random" then n = rng.int(#entry.texts) end
  if n > #entry.texts then n = 1 end
  at.next, at.lines, at.speakers = n % #entry.texts + 1, 0, {}
  return room:say(text.tpl(entry.texts[n], { room = room.name }), { lane = "announce", drop_after = "10m" })
end

local names = {}
for _, entry in ipairs(list) do
  if names[entry.name] then error("config.announcements: there are two named " .. entry.name, 0) end
  names[entry.name] = entry
  if (entry.at == nil) == (entry.every == nil) then
    error(("config.announcements: %s: want either every or at"):format(entry.name), 0)
  end
  quiet(entry)   -- what is wrong with it shows now and not at night
  local function run()
    if quiet(entry) then return end
    each(entry, function(room)
      if alive(entry, where(entry, room)) then say(entry, room) end
    end)
  end
  if entry.at then
    cron.at(entry.at, { id = entry.name, tz = entry.tz }, run)
  else
    cron.every(entry.every, { id = entry.name, tz = entry.tz }, run)
  end
  listen(entry)
end

bot.command{ "announce", args = "name:rest?", help = "Lists the announcements, or says one now", roles = { "moderator" },
  run = function(ev, a)
    local known = {}
    for _, entry in ipairs(list) do known[#known + 1] = entry.name end
    local entry = names[a.name or ""]
    local key = #known == 0 and "none" or a.name and "unknown" or "list"
    if not entry then return ev:reply(i18n.t(key, { list = table.concat(known, ", "), name = a.name })) end
    say(entry, ev.room)
  end }
