-- !addcom, !editcom, !delcom and !commands, and the commands they make.
local settings = bot.config
local st = state{ version = 1, commands = {} }   -- by name: {text=, by=, at=, uses=}

local subs = {}     -- by name, of those that are on
local yielded = {}  -- by name, of those that gave way to another script's; the log was told
local variables = require "variables"

-- What people say to this plugin, and to polls and raffles.
local own = { addcom = true, editcom = true, delcom = true, commands = true, vote = true, join = true }

-- say answers with a text that may name commands.
local function say(ev, key, values)
  values = values or {}
  values.prefix = ev.prefix
  ev:reply(i18n.t(key, values))
end

local function clean(ev, name)
  if name:sub(1, #ev.prefix) == ev.prefix then name = name:sub(#ev.prefix + 1) end
  return text.fold(name)
end

-- other is the script that has a command of this name, in a room or anywhere; "botd" is botd
-- itself, nil nobody.
local function other(name, room)
  for _, command in ipairs(bot.commands{ all = true, room = room, name = name }) do
    if command.script ~= bot.name then return command.script end
  end
end

-- yields tells whether a command gives way to one that a script has by now.
local function yields(name, room)
  local script = other(name, room)
  if not script or script == "botd" then return false end   -- botd's own give way to scripts
  if not yielded[name] then
    log.warn("a command made in chat gives way to that of a script; !delcom removes it", { command = name, script = script })
    yielded[name] = true
  end
  return true
end

local function publish(name)
  if subs[name] then subs[name]:off() end
  subs[name] = bot.command{ name, help = text.truncate(st.commands[name].text, 60), cooldown = { room = settings.cooldown },
    run = function(ev, rest)
      local command = st.commands[name]
      if not command or yields(name, ev.room) then return end
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

-- problem tells why a command cannot be, by the name of the text and its values; nil if it can.
local function problem(name, words)
  if not name:match("^[%w_][%w_-]*$") or #name > 30 then return "bad_name" end
  if own[name] then return "taken", { name = name } end
  local script = other(name)
  if script then return "others", { name = name, script = script } end
  if #text.split(words, settings.length, "runes") > 1 then return "too_long", { n = settings.length } end
  local unknown = variables.unknown(words)
  if unknown then return "no_variable", { what = unknown, list = variables.list() } end
end

local function put(ev, a, fresh)
  local name, words = clean(ev, a.name), text.escape(a.text, "line")
  local there = st.commands[name]
  if fresh and there then return say(ev, "there", { name = name }) end
  if not fresh and not there then return say(ev, "unknown", { name = name }) end
  local why, values = problem(name, words)
  if why then return say(ev, why, values) end
  if fresh and total() >= settings.max then return say(ev, "full", { n = settings.max }) end
  st.commands[name] = { text = words, by = ev.user.name, at = time.now(), uses = there and there.uses or 0 }
  publish(name)
  say(ev, fresh and "added" or "changed", { name = name })
end

bot.command{ "addcom", args = "name:word text:rest", help = "Makes a command: its name and what it says", roles = { settings.manage },
  examples = { "!addcom discord Join us at https://chat.example.com, {user}" },
  run = function(ev, a) put(ev, a, true) end }

bot.command{ "editcom", args = "name:word text:rest", help = "Changes what a command says", roles = { settings.manage },
  run = function(ev, a) put(ev, a, false) end }

bot.command{ "delcom", args = "name:word", help = "Removes a command", roles = { settings.manage },
  run = function(ev, a)
    local name = clean(ev, a.name)
    if not st.commands[name] then return say(ev, "unknown", { name = name }) end
    st.commands[name] = nil
    subs[name]:off()
    subs[name] = nil
    say(ev, "removed", { name = name })
  end }

bot.command{ "commands", help = "Lists the commands made here", cooldown = { room = "10s" },
  run = function(ev)
    local names = {}
    for name in pairs(st.commands) do names[#names + 1] = ev.prefix .. name end
    table.sort(names)
    if #names == 0 then return say(ev, "none") end
    ev:reply(table.concat(names, " "))
  end }
