-- Whom moderators mean, and what cannot be done to them.
local people = {}

local LOOK_BACK = 200   -- lines of the room

-- find looks for somebody who is in the room, or else said something there lately.
function people.find(ev, name)
  local user = ev.room:user(name)
  if user then return user end
  local want, found = text.fold(name), nil
  for _, u in ipairs(ev.room:users()) do
    if text.fold(u.name) == want then return u end
  end
  for _, past in ipairs(ev.room:history(LOOK_BACK)) do
    if past.user and text.fold(past.user.name) == want then found = past.user end   -- the latest
  end
  return found
end

-- target finds whom a step is to be taken against, and tells who asks if that cannot be.
function people.target(ev, name)
  name = name:gsub("^@", "")
  local user = people.find(ev, name)
  if not user then return nil, ev:reply(i18n.t("nobody", { name = name })) end
  local me = ev.session.me
  if me and user.name == me.name then return nil, ev:reply(i18n.t("not_me")) end
  if user:is("moderator") then return nil, ev:reply(i18n.t("not_moderators", { name = user.name })) end
  return user
end

return people
