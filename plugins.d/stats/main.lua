-- Lines and words of each person, by room. The counts are kept over restarts.
local settings = bot.config
local st = state{ version = 1, rooms = {} }   -- by "session/room": {lines=, hours={24}, people={key={name=, lines=, words=, last=}}}

local ignored = {}
for _, name in ipairs(settings.ignore) do ignored[text.fold(name)] = true end

local function count(t)
  local n = 0
  for _ in pairs(t) do n = n + 1 end
  return n
end

-- room finds the book of a room; with make it makes one.
local function book(room, make)
  local key = room.id
  if not st.rooms[key] and make then
    local hours = {}
    for hour = 1, 24 do hours[hour] = 0 end
    st.rooms[key] = { lines = 0, hours = hours, people = {} }
  end
  return st.rooms[key]
end

-- yield makes room for another one: who has said least, and longest ago, gives way.
local function yield(people)
  local least
  for key, p in pairs(people) do
    local q = least and people[least]
    if not q or p.lines < q.lines or p.lines == q.lines and p.last < q.last then least = key end
  end
  people[least] = nil
end

bot.on("message", { not_from_bots = true, private = false }, function(ev)
  if ignored[text.fold(ev.user.name)] then return end
  local b, key = book(ev.room, true), ev.user.account or ev.user.id
  local p = b.people[key]
  if not p then
    if count(b.people) >= settings.people then yield(b.people) end
    p = { lines = 0, words = 0 }
    b.people[key] = p
  end
  p.name, p.lines, p.words, p.last = ev.user.name, p.lines + 1, p.words + #ev.words, ev.time
  b.lines = b.lines + 1
  local hour = tonumber(time.format(ev.time, "%H")) + 1
  b.hours[hour] = b.hours[hour] + 1
end)

local function ranked(b)
  local list = {}
  for _, p in pairs(b.people) do list[#list + 1] = p end
  table.sort(list, function(x, y)
    if x.lines ~= y.lines then return x.lines > y.lines end
    return x.name < y.name
  end)
  return list
end

bot.command{ "top", help = "Who says most here", cooldown = { room = "10s" }, run = function(ev)
  local b, names = book(ev.room), {}
  if not b then return ev:reply(i18n.t("nothing")) end
  for i, p in ipairs(ranked(b)) do
    if i > settings.top then break end
    names[i] = i18n.t("rank", { i = i, name = p.name, n = p.lines })
  end
  ev:reply(table.concat(names, ", "))
end }

bot.command{ "stats", args = "who:text?", help = "How much somebody says, or the room", cooldown = { user = "5s" }, run = function(ev, a)
  local b = book(ev.room)
  if not b then return ev:reply(i18n.t("nothing")) end
  if not a.who then
    local busiest = 1
    for hour = 2, 24 do if b.hours[hour] > b.hours[busiest] then busiest = hour end end
    return ev:reply(i18n.t("room", { n = b.lines, people = count(b.people), hour = ("%02d:00"):format(busiest - 1) }))
  end
  local wanted = text.fold((a.who:gsub("^@", "")))
  for i, p in ipairs(ranked(b)) do
    if text.fold(p.name) == wanted then
      return ev:reply(i18n.t("person", { name = p.name, n = p.lines, words = p.words, i = i, ago = time.ago(p.last) }))
    end
  end
  ev:reply(i18n.t("unknown", { name = a.who }))
end }
