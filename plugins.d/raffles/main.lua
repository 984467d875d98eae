-- Raffles from chat. botd itself keeps the entries, draws, speaks and goes on after a
-- restart; here is only who may do what, and in which language.
local config = bot.config

-- texts are what a raffle says, in the language of the room it is in; botd fills them in.
local function texts()
  local out = { ends = i18n.t("ends") }
  for _, name in ipairs{"opened", "paused", "resumed", "closed", "drawn", "ended", "nobody", "cancelled"} do
    out["raffle_" .. name] = i18n.t("raffle." .. name)
  end
  return out
end

local function above0(n) return n and n > 0 and n or nil end

bot.command{ "raffle", roles = config.roles,
  args = "--time:duration? --winners:int=1 --keyword:text? --claim:duration? --reroll:int=3 --exclude:duration? --min:int? --only:list? --subscribers:bool? "
    .. "--followers:bool? --question:text? --answers:list? prize:rest",
  help = "Raffles a prize among all who say the keyword",
  examples = { "!raffle a mug", "!raffle --time 10m --winners 2 --claim 1m a mug", '!raffle --only "regular, crew" a mug' },
  run = function(ev, a)
    if a.winners < 1 then return ev:reply(i18n.t("no_winners")) end
    local r, err = ev.room:raffle{
      prize = a.prize, duration = a.time or config.time, winners = a.winners, keyword = a.keyword, claim = above0(a.claim or config.claim), reroll = a.reroll,
      exclude_recent = above0(a.exclude or config.exclude), min_messages = a.min or config.min_messages, question = a.question,
      answers = a.answers, roles = a.only, subscribers_only = a.subscribers or false,
      followers_only = a.followers or false, native = config.native, weight = config.weights, texts = texts(),
    }
    if not r then ev:reply(err.message) end
  end }

-- newest is the raffle of the room that was opened last: the one that is open, or else, if that
-- will do, the last that was drawn.
local function newest(ev, over)
  local list = ev.room:raffles()
  if #list == 0 and over then list = ev.room:raffles{ over = true } end
  if #list == 0 then return nil, ev:reply(i18n.t("no_raffle")) end
  return list[#list]
end

local function verb(word, method, help, over)
  bot.command{ word, roles = config.roles, help = help, run = function(ev)
    local r = newest(ev, over)
    if not r then return end
    local ok, err = r[method](r)
    if not ok then ev:reply(err.message) end
  end }
end
verb("pauseraffle", "pause", "Takes no entries for a while")
verb("resumeraffle", "resume", "Lets the raffle go on")
verb("cancelraffle", "cancel", "Ends the raffle without winners")
verb("hideraffle", "hide", "Takes the raffle that is over out of sight, where the network shows it", true)
verb("cleanupraffle", "cleanup", "Removes the raffle that is over, with its entries", true)

-- right is the number of an answer, which may be written out; one that there is not if none is meant.
local function right(r, answer)
  for i, known in ipairs(r.answers) do
    if text.fold(known) == text.fold(answer) then return i end
  end
  return tonumber(answer:match("^%d%d?$") or -1)
end

bot.command{ "draw", roles = config.roles, args = "answer:rest?", help = "Draws now; with answers, the right one or its number",
  examples = { "!draw", "!draw 2", "!draw blue" },
  run = function(ev, a)
    local r = newest(ev, true)
    if not r then return end
    local ok, err = r:draw(a.answer and right(r, a.answer))
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
