-- Raffles from chat. botd itself keeps the entries, draws, speaks and goes on after a
-- restart; here is only who may do what, and in which language.
local config = bot.config

local placeholders = {}
for _, name in ipairs{"prize", "question", "keyword", "answers", "ends", "left", "commitment", "entries", "list", "names", "claim"} do
  placeholders[name] = "{" .. name .. "}"
end

-- texts are what a raffle says, in the language of the room it is in.
local function texts()
  local out = { ends = i18n.t("ends", placeholders) }
  for _, name in ipairs{"opened", "paused", "resumed", "closed", "drawn", "ended", "nobody", "cancelled"} do
    out["raffle_" .. name] = i18n.t("raffle." .. name, placeholders)
  end
  return out
end

local function split(list)
  local out = {}
  for part in list:gmatch("[^,|]+") do out[#out + 1] = part:match("^%s*(.-)%s*$") end
  return out
end

local function above0(n) return n and n > 0 and n or nil end

bot.command{ "raffle", roles = config.roles,
  args = "--time:duration? --winners:int=1 --keyword:text? --claim:duration? --exclude:duration? --min:int? --question:text? --answers:text? prize:rest",
  help = "Raffles a prize among all who say the keyword",
  examples = { "!raffle a mug", "!raffle --time 10m --winners 2 --claim 1m a mug" },
  run = function(ev, a)
    local ok, r, err = pcall(ev.room.raffle, ev.room, {
      prize = a.prize, duration = a.time or config.time, winners = a.winners, keyword = a.keyword, claim = above0(a.claim or config.claim),
      exclude_recent = above0(a.exclude or config.exclude), min_messages = a.min or config.min_messages, question = a.question,
      answers = a.answers and split(a.answers), native = config.native, weight = config.weights, texts = texts(),
    })
    if not ok then return ev:reply((tostring(r):gsub("^.-%(spec%): ", ""))) end
    if not r then ev:reply(err.message) end
  end }

-- newest is the raffle of the room that was opened last: the one that is open, or else the
-- last that was drawn.
local last = {}
local function newest(ev, drawn)
  local list = ev.room:raffles()
  local r = list[#list]
  if not r and drawn and last[ev.room.id] then r = bot.raffle(last[ev.room.id]) end
  if not r then ev:reply(i18n.t("no_raffle")) end
  return r
end
bot.on("raffle", function(ev) last[ev.room.id] = ev.raffle end)

local function verb(word, method, help)
  bot.command{ word, roles = config.roles, help = help, run = function(ev)
    local r = newest(ev)
    if not r then return end
    local ok, err = r[method](r)
    if not ok then ev:reply(err.message) end
  end }
end
verb("pauseraffle", "pause", "Takes no entries for a while")
verb("resumeraffle", "resume", "Lets the raffle go on")
verb("cancelraffle", "cancel", "Ends the raffle without winners")

bot.command{ "draw", roles = config.roles, args = "answer:int?", help = "Draws now; with answers, the number of the right one",
  run = function(ev, a)
    local r = newest(ev, true)
    if not r then return end
    local ok, err = r:draw(a.answer)
    if not ok then ev:reply(err.message) end
  end }

bot.command{ "reroll", roles = config.roles, args = "who:word why:rest?", help = "Takes the prize from a winner and draws another",
  run = function(ev, a)
    local r = newest(ev, true)
    if not r then return end
    local ok, err = r:reroll(a.who, a.why)
    if not ok then ev:reply(err.message) end
  end }

bot.command{ "raffles", help = "Tells which raffles are open", run = function(ev)
  local list = ev.room:raffles()
  if #list == 0 then return ev:reply(i18n.t("no_raffle")) end
  for _, r in ipairs(list) do ev:reply(i18n.t("open", { prize = r.prize, n = r.entries })) end
end }
