-- A support desk on SimpleX.
--
-- Customers come by the bot's address. The session accepts and welcomes them and shows the
-- menu; with "business: true" each gets a group of their own. This script answers there,
-- and when somebody wants a person it invites one of the helpers into that group.
--
-- The helpers are the members of one group the bot is in, config.desk. They have to be
-- contacts of the bot as well: only contacts can be invited.
--
-- It needs the grants chat, moderate, session, store and call: see docs/adapters/simplex.md.

local desk = assert(bot.config.desk, "config.desk is missing: the name of the helpers' group, such as #desk")

local MENU = "Write /help for this text, /agent and what it is about to talk to a person."

-- What is known of a customer's conversation: {step = "bot" | "waiting" | "person" | "done"}.
local function case(room) return kv.get("case/" .. room.id, {step = "bot"}) end

local function keep(room, c)
  kv.set("case/" .. room.id, c)
  -- The program keeps a copy with the group, where other tools find it.
  assert(room:call("APISetGroupCustomData", {customData = c}))
end

-- The helpers take turns.
local function helpers(session)
  local list = {}
  for _, u in ipairs(bot.room(session.name .. "/" .. desk):users()) do
    if not u.is_bot then list[#list + 1] = u end
  end
  table.sort(list, function(a, b) return a.name < b.name end)
  return list
end

bot.on("contact", {platforms = {"simplex"}}, function(ev)
  if not ev.extra.businessChat then return end -- a contact, and no customer
  keep(ev.room, {step = "bot"})
  ev.room:say(MENU)
end)

bot.hear("^/help", {platforms = {"simplex"}}, function(ev)
  if case(ev.room).step == "bot" then ev:reply(MENU) end
end)

bot.hear("^/agent%s*(.*)$", {platforms = {"simplex"}}, function(ev, topic)
  if case(ev.room).step ~= "bot" then return end
  keep(ev.room, {step = "waiting", topic = topic})
  local list = helpers(ev.session)
  for _ = 1, #list do
    local who = list[kv.incr("turn") % #list + 1]
    local ok, why = ev.room:invite(who)
    if ok then return ev:reply("Somebody will be with you soon.") end
    log.warn("helper could not be invited", {user = who.name, err = why.message})
  end
  keep(ev.room, {step = "bot"})
  ev:reply("Nobody is there now. Please try again later.")
end)

bot.on("join", {platforms = {"simplex"}}, function(ev)
  local c = case(ev.room)
  if c.step ~= "waiting" then return end
  c.step, c.helper = "person", ev.user.id
  keep(ev.room, c)
  assert(ev.user:grant("moderator")) -- so that the helper can take messages away
  ev.room:say(("%s is here. It is about: %s"):format(ev.user:mention(), c.topic))
end)

bot.hear("^/done", {platforms = {"simplex"}}, function(ev)
  local c = case(ev.room)
  if c.step ~= "person" or ev.user.id ~= c.helper then return end
  keep(ev.room, {step = "bot"})
  ev.room:say("Thank you. " .. MENU)
  assert(ev.user:kick("done"))
end)
