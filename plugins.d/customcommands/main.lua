-- !addcom, !editcom, !delcom and !commands, and the commands they make.
local settings = bot.config
local st = state{ version = 1, commands = {} }   -- by name: {text=, by=, at=, uses=}

local subs = {}   -- by name, of those that are on
local variables = require "variables"

local own = { addcom = true, editcom = true, delcom = true, commands = true, help = true }

local function clean(name) return text.fold((name:gsub("^!", ""))) end

local function publish(name)
  if subs[name] then subs[name]:off() end
  subs[name] = bot.command{ name, help = text.truncate(st.commands[name].text, 60), cooldown = { room = settings.cooldown },
    run = function(ev, rest)
      local command = st.commands[name]
      if not command then return end
      command.uses = command.uses + 1
      ev:reply(variables.fill(command.text, ev, rest, command.uses))
    end }
end

for name in pairs(st.commands) do publish(name) end

local function total()
  local n = 0
  for _ in pairs(st.commands) do n = n + 1 end
  return n
end

-- problem tells why a command cannot be; nil if it can.
local function problem(name, words)
  if not name:match("^[%w_][%w_-]*$") or #name > 30 then return i18n.t("bad_name") end
  if own[name] then return i18n.t("taken", { name = name }) end
  if #text.split(words, settings.length, "runes") > 1 then return i18n.t("too_long", { n = settings.length }) end
  local unknown = variables.unknown(words)
  if unknown then return i18n.t("no_variable", { what = unknown, list = variables.list() }) end
end

local function put(ev, a, fresh)
  local name, words = clean(a.name), text.escape(a.text, "line")
  local there = st.commands[name]
  if fresh and there then return ev:reply(i18n.t("there", { name = name })) end
  if not fresh and not there then return ev:reply(i18n.t("unknown", { name = name })) end
  local why = problem(name, words)
  if why then return ev:reply(why) end
  if fresh and total() >= settings.max then return ev:reply(i18n.t("full", { n = settings.max })) end
  st.commands[name] = { text = words, by = ev.user.name, at = time.now(), uses = there and there.uses or 0 }
  publish(name)
  ev:reply(i18n.t(fresh and "added" or "changed", { name = name }))
end

bot.command{ "addcom", args = "name:word text:rest", help = "Makes a command: its name and what it says", roles = { settings.manage },
  examples = { "!addcom discord Join us at https://chat.example.com, {user}" },
  run = function(ev, a) put(ev, a, true) end }

bot.command{ "editcom", args = "name:word text:rest", help = "Changes what a command says", roles = { settings.manage },
  run = function(ev, a) put(ev, a, false) end }

bot.command{ "delcom", args = "name:word", help = "Removes a command", roles = { settings.manage },
  run = function(ev, a)
    local name = clean(a.name)
    if not st.commands[name] then return ev:reply(i18n.t("unknown", { name = name })) end
    st.commands[name] = nil
    subs[name]:off()
    subs[name] = nil
    ev:reply(i18n.t("removed", { name = name }))
  end }

bot.command{ "commands", help = "Lists the commands made here", cooldown = { room = "10s" },
  run = function(ev)
    local names = {}
    for name in pairs(st.commands) do names[#names + 1] = "!" .. name end
    table.sort(names)
    if #names == 0 then return ev:reply(i18n.t("none")) end
    ev:reply(table.concat(names, " "))
  end }
