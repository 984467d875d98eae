-- Greets who comes. Whom it has greeted is kept, so a restart greets nobody twice.
local settings = bot.config
local seen = kv.ns("seen/")

-- Half a year after somebody was last here they are new again.
local FORGET = "180d"
local HALF_A_MINUTE = 30

local recent = {}   -- by room: when somebody was greeted lately

-- crowded tells whether so many were greeted lately that another one would be a flood.
local function crowded(room)
  local now, list = time.now(), {}
  for _, at in ipairs(recent[room.id] or {}) do
    if now - at < HALF_A_MINUTE then list[#list + 1] = at end
  end
  recent[room.id] = list
  if #list >= settings.crowd then return true end
  list[#list + 1] = now
  return false
end

local function greeting(ev, known)
  local own = settings.first
  if known then own = settings.again end
  local values = { name = ev.user:mention(), room = ev.room.name }
  if own then return text.tpl(own, values) end
  return i18n.t(known and "again" or "first", values)
end

bot.on("join", { not_from_bots = true }, function(ev)
  local key = ev.room.id .. "/" .. (ev.user.account or ev.user.id)
  local last = seen:get(key)
  seen:set(key, time.now(), { ttl = FORGET })
  if last and (not settings.greet_again or time.now() - last < settings.pause) then return end
  sleep(settings.wait)
  if not ev.room:user(ev.user.name) or crowded(ev.room) then return end
  local words = greeting(ev, last ~= nil)
  if words == "" then return end
  if settings.whisper and ev.room:can("whisper") then
    ev.user:whisper(words)
  else
    ev.room:say(words, { lane = "announce", drop_after = "30s" })
  end
end)
