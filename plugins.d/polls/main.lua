-- Polls from chat. botd itself counts, speaks and goes on after a restart; here is only who
-- may do what, and in which language.
local config = bot.config

local placeholders = {}
for _, name in ipairs{"tag", "question", "options", "how", "ends", "standing", "result", "prefix", "tagged", "left", "voters", "winner", "first", "quorum"} do
  placeholders[name] = "{" .. name .. "}"
end

-- texts are what a poll says, in the language of the room it is in.
local function texts()
  local out = {}
  for _, name in ipairs{"opened", "live", "progress", "paused", "resumed", "runoff", "ended", "cancelled", "how_plurality", "how_approval", "how_ranked",
    "ends", "hidden", "won", "lot", "tie", "none", "quorum", "by_nick"} do
    out[name] = i18n.t("poll." .. name, placeholders)
  end
  return out
end

-- split cuts "soup, green salad" into its parts.
local function split(list)
  local out = {}
  for part in list:gmatch("[^,|]+") do
    part = part:match("^%s*(.-)%s*$")
    if part ~= "" then out[#out + 1] = part end
  end
  return out
end

bot.command{ "poll", roles = config.roles,
  args = "--time:duration? --method:enum(plurality|approval|ranked)=plurality --tie:enum(none|random|runoff)=none --quorum:int=0 --hidden:bool? question:text options:rest",
  help = "Opens a poll: the question in quotes, then the options with commas between them",
  examples = { '!poll "Lunch?" soup, green salad', '!poll --time 10m --method approval "Which days?" Mon, Tue, Wed' },
  run = function(ev, a)
    local announce = config.announce
    local ok, p, err = pcall(ev.room.poll, ev.room, {
      question = a.question, options = split(a.options), duration = a.time or config.time, method = a.method, tie = a.tie,
      quorum = a.quorum, hidden = a.hidden or false, announce = announce > 0 and announce or nil,
      change = not config.change and false or nil, native = config.native, weight = config.weights, texts = texts(),
    })
    if not ok then return ev:reply((tostring(p):gsub("^.-%(spec%): ", ""))) end
    if not p then ev:reply(err.message) end
  end }

-- newest is the poll of the room that was opened last.
local function newest(ev)
  local list = ev.room:polls()
  if #list == 0 then ev:reply(i18n.t("no_poll")) end
  return list[#list]
end

local function verb(name, help)
  bot.command{ name .. "poll", roles = config.roles, help = help, run = function(ev)
    local p = newest(ev)
    if not p then return end
    local ok, err = p[name == "end" and "close" or name](p)
    if not ok then ev:reply(err.message) end
  end }
end
verb("end", "Ends the newest poll now")
verb("pause", "Takes no votes for a while")
verb("resume", "Lets the newest poll go on")
verb("cancel", "Ends the newest poll without a result")

bot.command{ "polls", help = "Tells which polls are open, and how they stand", run = function(ev)
  local list = ev.room:polls()
  if #list == 0 then return ev:reply(i18n.t("no_poll")) end
  for _, p in ipairs(list) do
    local r, parts = p:results(), {}
    for i, o in ipairs(r.options) do parts[i] = ("%d) %s: %g"):format(i, o.text, o.votes or 0) end
    ev:reply(p.question .. " " .. table.concat(parts, ", "))
  end
end }
