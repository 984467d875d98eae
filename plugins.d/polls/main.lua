-- Polls from chat. botd itself counts, speaks and goes on after a restart; here is only who
-- may do what, and in which language.
local question = require "question"
local config = bot.config

-- texts are what a poll says, in the language of the room it is in; botd fills them in.
local function texts()
  local out = {}
  for _, name in ipairs{"opened", "live", "progress", "paused", "resumed", "runoff", "ended", "cancelled", "how_plurality", "how_approval", "how_ranked",
    "ends", "hidden", "won", "lot", "tie", "none", "quorum", "by_nick"} do
    out[name] = i18n.t("poll." .. name)
  end
  return out
end

bot.command{ "poll", roles = config.roles,
  args = "--time:duration? --method:enum(plurality|approval|ranked)=plurality --tie:enum(none|random|runoff)=none --quorum:int=0 --hidden:bool? "
    .. "--only:list? --subscribers:bool? --followers:bool? --announce:duration? --once:bool? question:quoted? options:rest?",
  help = "Opens a poll: a question, and the options with | between them",
  examples = { "!poll Lunch? | soup | green salad", '!poll --time 10m --method approval "Which days?" Mon, Tue, Wed', '!poll --only "regular, crew" Soup or salad? | soup | salad' },
  run = function(ev, a)
    local asked, options = question.read(a.question, a.options)
    if not asked or #options < 2 then return ev:reply(i18n.t("how", { prefix = ev.prefix })) end
    local announce, change = a.announce or config.announce, nil
    if a.once or not config.change then change = false end
    local p, err = ev.room:poll{
      question = asked, options = options, duration = a.time or config.time, method = a.method, tie = a.tie,
      quorum = a.quorum, hidden = a.hidden or false, announce = announce > 0 and announce or nil, change = change,
      roles = a.only, subscribers_only = a.subscribers or false, followers_only = a.followers or false,
      native = config.native, weight = config.weights, texts = texts(),
    }
    if not p then ev:reply(err.message) end
  end }

-- find finds an open poll of the room by its letter; without one it is the newest.
local function find(ev, letter)
  local list, letters = ev.room:polls(), {}
  if #list == 0 then return nil, ev:reply(i18n.t("no_poll")) end
  if not letter then return list[#list] end
  for i, p in ipairs(list) do
    if p.tag == letter:lower() then return p end
    letters[i] = p.tag:upper()
  end
  return nil, ev:reply(i18n.t("no_letter", { letter = letter, list = table.concat(letters, ", ") }))
end

local function verb(name, help)
  bot.command{ name .. "poll", roles = config.roles, args = "letter:word?", help = help, run = function(ev, a)
    local p = find(ev, a.letter)
    if not p then return end
    local ok, err = p[name == "end" and "close" or name](p)
    if not ok then ev:reply(err.message) end
  end }
end
verb("end", "Ends the newest poll now, or that with the letter")
verb("pause", "Takes no votes for a while")
verb("resume", "Lets the poll go on")
verb("cancel", "Ends the poll without a result")

-- standing is how a poll stands; that of a hidden one is how many have voted.
local function standing(p)
  local r, parts = p:results(), {}
  if r.decided == "" then return i18n.t("poll.hidden", { voters = r.voters }) end
  for i, o in ipairs(r.options) do parts[i] = ("%s: %g"):format(o.label, o.votes) end
  return table.concat(parts, ", ")
end

bot.command{ "polls", help = "Tells which polls are open, and how they stand", run = function(ev)
  local list = ev.room:polls()
  if #list == 0 then return ev:reply(i18n.t("no_poll")) end
  for _, p in ipairs(list) do
    ev:reply((#list > 1 and p.tag:upper() .. ": " or "") .. p.question .. " " .. standing(p))
  end
end }
