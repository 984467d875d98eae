-- Something that happens by itself, again and again: an announcement.
--
-- every(duration, fn) calls fn each time the duration has passed. Durations are
-- seconds, or text such as "90s", "30m" or "1h30m". When this file is saved anew, the
-- timer of the old version ends and that of the new one begins.

-- Settings come from the script's entry in config.yaml:
--   scripts:
--     - name: announce
--       config: {text: "Tea time!", every: 30m, rooms: "lobby/*"}
local text = bot.config.text or "This is botd. Write !hello to say hello."
local pause = bot.config.every or "1h"
local rooms = bot.config.rooms or "*"

every(pause, function()
  for _, room in ipairs(bot.rooms(rooms)) do
    -- The announce lane: answers to people go first when much waits to be sent.
    room:say(text, { lane = "announce" })
  end
end)
