-- Moderation from chat and configuration. botd itself looks at the lines, takes the steps and
-- keeps the cases; here is which rules there are, and what moderators can say.
local filters = require "filters"
local people = require "people"
local rooms = require "rooms"
local config = bot.config

local MAX_WORDS, MAX_WORD = 1000, 100   -- that are added in a room
local LISTED = 5                        -- cases in one answer
local LONGEST = 366 * 24 * 3600         -- of a timeout or ban with an end

rooms.begin()

local function command(spec)
  spec.roles = config.roles
  bot.command(spec)
end

-- summary is a case in a few words.
local function summary(case)
  local what = case.taken ~= "" and case.taken or case.wanted
  return ("#%s %s: %s (%s)"):format(case.id, case.user, what, i18n.t("status." .. case.status))
end

local function told(case)
  return summary(case) .. (case.note ~= "" and ": " .. case.note or "")
end

-- take takes a step against somebody, and says what became of it.
local function take(ev, name, step, why)
  local user = people.target(ev, name)
  if not user then return end
  local case, err = mod.act(user, step, { why = why or i18n.t("why.moderator"), by = ev.user })
  ev:reply(case and told(case) or i18n.t("failed", { what = step, why = err.message }))
end

-- span takes a duration off the beginning of a text; false if one was meant that cannot be, which is
-- said then: a slip of the pen must not ban for good.
local function span(ev, words)
  local first, rest = (words or ""):match("^(%S+)%s*(.*)$")
  local n = first and time.duration(first)
  if (n or 0) <= 0 then
    if not first or not first:match("^%-?%d[%w.]*$") then return nil, words end
    ev:reply(i18n.t("no_length", { what = first }))
    return false
  end
  if n > LONGEST then
    ev:reply(i18n.t("too_long", { span = time.span(LONGEST) }))
    return false
  end
  return first, rest ~= "" and rest or nil
end

-- seconds writes a number of seconds as a step has it.
local function seconds(n) return ("%ds"):format(n) end

command{ "warn", args = "who:word why:rest", help = "Tells somebody to stop, in private where the network can",
  examples = { "!warn eve please be kind" },
  run = function(ev, a) take(ev, a.who, "warn", a.why) end }

command{ "timeout", args = "who:word rest:rest?", help = "Keeps somebody from speaking for a while: a name, a duration, a reason",
  examples = { "!timeout eve", "!timeout eve 30m too loud" },
  run = function(ev, a)
    local length, why = span(ev, a.rest)
    if length == false then return end
    take(ev, a.who, "timeout " .. (length or seconds(config.timeout)), why)
  end }

command{ "mute", args = "who:word why:rest?", help = "Keeps somebody from speaking until !unmute",
  run = function(ev, a) take(ev, a.who, "mute", a.why) end }

command{ "kick", args = "who:word why:rest?", help = "Removes somebody from the room",
  run = function(ev, a) take(ev, a.who, "kick", a.why) end }

command{ "ban", args = "who:word rest:rest?", help = "Keeps somebody out: a name, perhaps for how long, a reason",
  examples = { "!ban eve spam", "!ban eve 1d spam" },
  run = function(ev, a)
    local length, why = span(ev, a.rest)
    if length == false then return end
    take(ev, a.who, length and "ban " .. length or "ban", why)
  end }

-- lift takes back the latest step of a kind against somebody, and otherwise asks the network.
local function lift(name, ...)
  local starts, verb = { ... }, "un" .. name
  command{ verb, args = "who:word", help = i18n.t("help." .. verb), run = function(ev, a)
    local who = a.who:gsub("^@", "")
    for _, case in ipairs(assert(mod.cases{ user = who, room = ev.room.id, limit = 100 })) do
      for _, start in ipairs(starts) do
        local open = case.status == "done" or case.status == "unknown"
        if open and case.taken:sub(1, #start) == start then
          local undone, err = mod.undo(case.id, ev.user)
          return ev:reply(undone and told(undone) or i18n.t("failed", { what = verb, why = err.message }))
        end
      end
    end
    local user = people.find(ev, who)
    if not user then return ev:reply(i18n.t("no_case", { name = who, prefix = ev.prefix })) end
    local ok, err = user[verb](user)
    ev:reply(ok and i18n.t("lifted", { what = verb, name = user.name }) or i18n.t("failed", { what = verb, why = err.message }))
  end }
end
lift("ban", "ban", "kick")
lift("mute", "mute", "timeout")

command{ "permit", args = "--for:duration? --count:int? who:word what:enum(links|caps|repeats|symbols|emotes|length|flood|words|patterns)=links",
  help = "Lets somebody do what a filter forbids, for a minute if you do not say otherwise",
  examples = { "!permit ann", "!permit --for 10m ann caps", "!permit --count 1 ann" },
  run = function(ev, a)
    local user = people.find(ev, (a.who:gsub("^@", "")))
    if not user then return ev:reply(i18n.t("nobody", { name = a.who })) end
    local what = a.what == "patterns" and "pattern" or a.what   -- the filter has many of them, a rule one
    local ok, err = user:permit(what, { ["for"] = a["for"], count = a.count })
    ev:reply(ok and i18n.t("permitted", { name = user:mention(), what = a.what }) or err.message)
  end }

-- found looks a case of this room up.
local function found(ev, id)
  local case, err = mod.case((id:gsub("^#", "")))
  if case and case.room ~= ev.room.id and not ev.user:is("admin") then case, err = nil, { message = i18n.t("other_room") } end
  if not case then ev:reply(err.message) end
  return case
end

command{ "case", args = "id:word", help = "Tells all about a case", examples = { "!case 7" },
  run = function(ev, a)
    local case = found(ev, a.id)
    if not case then return end
    local by = case.by ~= "" and case.by or case.rule
    ev:reply(i18n.t("case", {
      case = told(case), by = by, why = case.why, detail = case.detail ~= "" and " (" .. case.detail .. ")" or "",
      time = time.format(case.time, "%Y-%m-%d %H:%M"), text = text.truncate(case.text ~= "" and case.text or "-", 100), undo = case.undo,
    }))
  end }

command{ "cases", args = "who:word?", help = "Lists the latest cases of the room, or of somebody",
  run = function(ev, a)
    local who = a.who and a.who:gsub("^@", "")
    local list = {}
    for i, case in ipairs(assert(mod.cases{ user = who, room = ev.room.id, limit = LISTED })) do list[i] = summary(case) end
    ev:reply(#list > 0 and table.concat(list, "; ") or i18n.t("no_cases"))
  end }

command{ "undo", args = "id:word", help = "Takes a case back: lifts what can be lifted, and forgets the offence", examples = { "!undo 7" },
  run = function(ev, a)
    local case = found(ev, a.id)
    if not case then return end
    local undone, err = mod.undo(case.id, ev.user)
    ev:reply(undone and told(undone) or err.message)
  end }

command{ "nuke", args = "--since:duration=5m --action:text=delete --regex:bool? what:rest", mode = "single", per = "room",
  help = "Does something about all who said something lately; asks before",
  examples = { "!nuke free coins", '!nuke --since 10m --action "timeout 1h" free coins' },
  run = function(ev, a)
    local spec = { pattern = "(?i)" .. (a.regex and a.what or re.escape(a.what)), since = a.since, action = a.action, by = ev.user, why = i18n.t("why.moderator") }
    local preview, err = mod.nuke(spec)
    if not preview then return ev:reply(err.message) end
    if #preview.messages == 0 then return ev:reply(i18n.t("nuke.none")) end
    local last = preview.messages[#preview.messages]
    local ask = i18n.t("nuke.ask", { n = #preview.messages, names = text.truncate(table.concat(preview.users, ", "), 100), action = a.action,
      last = text.truncate(last.text, 60) })
    if not ev:confirm(ask) then return ev:reply(i18n.t("nuke.dropped")) end
    spec.preview = false
    local done, why = mod.nuke(spec)
    ev:reply(done and i18n.t("nuke.done", { n = #done.cases }) or why.message)
  end }

-- change has fn change what is the room's own; who asks is told if that cannot be.
local function change(ev, fn)
  local ok, err = rooms.change(ev.room, fn)
  if not ok then ev:reply(err.message) end
  return ok
end

-- set changes one setting of a filter in a room.
local function set(ev, name, key, value, answer)
  local ok = change(ev, function(own)
    own.filters[name] = own.filters[name] or {}
    own.filters[name][key] = value
  end)
  if ok then ev:reply(answer) end
end

local function describe(ev, name)
  local f, parts = rooms.filter(ev.room.id, name), {}
  for i, key in ipairs(filters.settings(name)) do parts[i] = key .. " " .. filters.show(name, key, f[key]) end
  return name .. " " .. (f.on and "on" or "off") .. ": " .. table.concat(parts, "; ")
end

local verbs = {}

function verbs.list(ev, a)
  if a.name then return ev:reply(describe(ev, a.name)) end
  local on, off = {}, {}
  for _, name in ipairs(filters.order) do
    local to = rooms.filter(ev.room.id, name).on and on or off
    to[#to + 1] = name
  end
  ev:reply(i18n.t("filters", { on = table.concat(on, ", "), off = table.concat(off, ", ") }))
end

function verbs.on(ev, a) set(ev, a.name, "on", true, i18n.t("filter_on", { name = a.name })) end
function verbs.off(ev, a) set(ev, a.name, "on", false, i18n.t("filter_off", { name = a.name })) end

function verbs.set(ev, a)
  local key, words = (a.rest or ""):match("^(%S+)%s*(.*)$")
  local known = filters.settings(a.name)
  local there = false
  for _, k in ipairs(known) do there = there or k == key end
  if not there then return ev:reply(i18n.t("no_setting", { name = a.name, list = table.concat(known, ", ") })) end
  local value, want = filters.read(a.name, key, words)
  if value == nil then return ev:reply(i18n.t("bad_value", { name = key, want = want })) end
  set(ev, a.name, key, value, i18n.t("set", { name = a.name, key = key, value = filters.show(a.name, key, value) }))
end

function verbs.reset(ev, a)
  if change(ev, function(own) own.filters[a.name] = nil end) then ev:reply(i18n.t("reset", { what = describe(ev, a.name) })) end
end

command{ "filter", args = "verb:enum(list|on|off|set|reset)=list name:enum(links|caps|repeats|symbols|emotes|length|flood|words|patterns)? rest:rest?",
  mode = "queue", per = "room", help = "Lists the filters of the room, switches one on or off, or sets what it has",
  examples = { "!filter", "!filter on links", "!filter set caps percent 60", "!filter list caps", "!filter reset caps" },
  run = function(ev, a)
    if not a.name and (a.verb ~= "list" or (a.rest or "") ~= "") then return ev:reply(i18n.t("which_filter", { list = table.concat(filters.order, ", ") })) end
    verbs[a.verb](ev, a)
  end }

local function count(map)
  local n = 0
  for _ in pairs(map) do n = n + 1 end
  return n
end

-- listed tells whether a word is on a list, however it is written; nil if not.
local function listed(list, key)
  for _, w in ipairs(list) do
    if text.fold(w) == key then return true end
  end
end

local word = {}

function word.list(ev)
  local list = rooms.words(ev.room.id)
  -- The room would be told all that nobody is to say there.
  ev:whisper(#list > 0 and table.concat(list, ", ") or i18n.t("no_words"))
end

function word.add(ev, words)
  local id, key = ev.room.id, text.fold(words)
  if listed(rooms.words(id), key) then return ev:reply(i18n.t("word_there")) end
  if #words > MAX_WORD or count(rooms.own(id).add) >= MAX_WORDS then return ev:reply(i18n.t("full", { n = MAX_WORDS })) end
  local ok = change(ev, function(own)
    own.add[key] = not own.remove[key] or nil
    own.remove[key] = nil
  end)
  if ok then ev:reply(i18n.t("word_added", { n = #rooms.words(id) })) end
end

function word.remove(ev, words)
  local id, key = ev.room.id, text.fold(words)
  if not listed(rooms.words(id), key) then return ev:reply(i18n.t("no_word")) end
  local ok = change(ev, function(own)
    own.add[key] = nil
    own.remove[key] = listed(config.filters.words.list or {}, key)
  end)
  if ok then ev:reply(i18n.t("word_removed", { n = #rooms.words(id) })) end
end

command{ "words", args = "verb:enum(list|add|remove)=list words:rest?", mode = "queue", per = "room",
  help = "Words nobody may say in the room: tells you which there are, adds one, removes one",
  examples = { "!words", "!words add free coins", "!words remove free coins" },
  run = function(ev, a)
    local none = (a.words or "") == ""
    if a.verb == "list" and not none then return ev:reply(i18n.t("which_verb", { prefix = ev.prefix })) end
    if a.verb ~= "list" and none then return ev:reply(i18n.t("which_word")) end
    word[a.verb](ev, a.words)
  end }

command{ "shadow", args = "how:enum(on|off)?", mode = "queue", per = "room",
  help = "On trial, what filters find in the room is noted and nothing is done", examples = { "!shadow", "!shadow on" },
  run = function(ev, a)
    if not a.how then return ev:reply(i18n.t(rooms.shadow(ev.room.id) and "shadow_is" or "shadow_is_not")) end
    if change(ev, function(own) own.shadow = a.how == "on" end) then ev:reply(i18n.t("shadow_" .. a.how)) end
  end }

command{ "mod", help = "Tells how the room is moderated, and which commands there are",
  run = function(ev)
    local on = {}
    for _, name in ipairs(filters.order) do
      if rooms.filter(ev.room.id, name).on then on[#on + 1] = name end
    end
    ev:reply(i18n.t("mod", { on = table.concat(on, ", "), ladder = table.concat(config.ladder, ", "), prefix = ev.prefix,
      shadow = i18n.t(rooms.shadow(ev.room.id) and "shadow_is" or "shadow_is_not") }))
  end }

-- Each case is told in the room of the moderators.
if config.report then
  bot.on("moderation", function(ev)
    local d, room = ev.data, bot.room(config.report)
    if d.script ~= bot.name or not room then return end
    local case = mod.case(d.case)
    if not case then return end
    room:say(i18n.t("report", { case = told(case), room = d.room, why = case.rule ~= "" and case.rule or case.by, text = text.truncate(d.text or "", 80) }, { room = room }),
      { lane = "announce", drop_after = "10m" })
  end)
end
