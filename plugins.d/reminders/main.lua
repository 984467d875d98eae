-- Reminders are durable jobs: a restart loses none.
local settings = bot.config

-- How often, and how long, to wait for a room that the bot is not in when it is time, and for who is to
-- be told in private.
local TRIES, PAUSE = 12, "5m"

local function mine(ev)
  local list = {}
  for _, job in ipairs(cron.jobs()) do
    local d = job.data
    if d.room == ev.room.id and d.who == (ev.user.account or ev.user.id) then list[#list + 1] = job end
  end
  return list
end

-- remind tells what is due; what was asked for in private nobody else gets to hear.
local function remind(room, d)
  local user = room:user(d.name)
  local words = i18n.t("due", { name = user and user:mention() or d.name, what = d.what, ago = time.ago(d.at, { room = room }) }, { room = room })
  if not d.private then return room:say(words) end
  if not user or d.account and user.account ~= d.account then return end
  return user:whisper(words)
end

cron.define("remind", function(job)
  local d = job.data
  local room = bot.room(d.room)
  if room and (remind(room, d) or not d.private) then return end
  d.tries = (d.tries or 0) + 1
  if d.tries < TRIES then return cron.once(PAUSE, "remind", d) end
  log.warn(room and "a reminder is dropped: who is to be told in private is not there" or "a reminder is dropped: the bot is not in its room any more", { room = d.room })
end)

local function ask(ev, a)
  if #text.split(a.what, settings.length, "runes") > 1 then return ev:reply(i18n.t("too_long", { n = settings.length })) end
  if a["in"] < 1 or a["in"] > settings.longest then return ev:reply(i18n.t("too_far", { span = time.span(settings.longest) })) end
  if #mine(ev) >= settings.each then return ev:reply(i18n.t("full", { n = settings.each })) end
  local job, err = cron.once(a["in"], "remind", {
    room = ev.room.id, who = ev.user.account or ev.user.id, name = ev.user.name,
    what = text.escape(a.what, "line"), at = time.now(), private = ev.private or nil, account = ev.user.account,
  })
  if not job then return ev:reply(err.message) end
  ev:reply(i18n.t("kept", { span = time.span(a["in"]) }))
end

bot.command{ "remind", aliases = { "remindme" }, args = "in:duration what:rest", help = "Reminds you of something: when, and of what",
  examples = { "!remind 10m look after the oven" }, mode = "queue", cooldown = { user = "3s" }, run = ask }

bot.command{ "reminders", help = "Lists what you will be reminded of", cooldown = { user = "3s" },
  run = function(ev)
    local lines = {}
    for i, job in ipairs(mine(ev)) do
      lines[i] = i18n.t("entry", { i = i, what = text.truncate(job.data.what, 40), span = time.span(math.max(1, job.at - time.now())) })
    end
    if #lines == 0 then return ev:reply(i18n.t("none")) end
    ev:reply(table.concat(lines, "; "))
  end }

bot.command{ "forget", args = "i:int", help = "Drops one of your reminders, by its number in !reminders", mode = "queue",
  run = function(ev, a)
    local job = mine(ev)[a.i]
    if not job then return ev:reply(i18n.t("unknown", { i = a.i, prefix = ev.prefix })) end
    assert(job:cancel())
    ev:reply(i18n.t("dropped", { what = job.data.what }))
  end }
