-- What stands in braces in a command's text.
local variables = {}

-- Each gets the event, the rest of the line, how often the command was used, and what
-- stands after a colon, as in {random:1-6}.
local known = {
  user = function(ev) return ev.user.name end,
  room = function(ev) return ev.room.name end,
  args = function(_, rest) return rest end,
  to = function(ev, rest) return rest:match("^@?(%S+)") or ev.user.name end,
  count = function(_, _, uses) return uses end,
  time = function(_, _, _, zone) return time.format(nil, "%H:%M", zone) or "?" end,
  random = function(_, _, _, range)
    local low, high = (range or "1-100"):match("^(%d%d?%d?%d?%d?%d?)%-(%d%d?%d?%d?%d?%d?)$")
    low, high = tonumber(low or 1), tonumber(high or 100)
    return rng.int(math.min(low, high), math.max(low, high))
  end,
  pick = function(_, _, _, list)
    local items = {}
    for item in (list or ""):gmatch("[^|]+") do items[#items + 1] = item end
    return rng.pick(items) or ""
  end,
  ["1"] = function(_, rest) return rest:match("^(%S+)") or "" end,
  ["2"] = function(_, rest) return rest:match("^%S+%s+(%S+)") or "" end,
}

-- fill returns the text with everything in braces filled in.
function variables.fill(words, ev, rest, uses)
  local filled = words:gsub("{(%w+):?([^{}]*)}", function(name, arg)
    local fn = known[name]
    return fn and tostring(fn(ev, rest, uses, arg ~= "" and arg or nil))
  end)
  -- What people write after a command must not become a command of the network.
  return text.escape(filled, "line")
end

-- unknown is the first thing in braces that means nothing; nil if there is none.
function variables.unknown(words)
  for name in words:gmatch("{(%w+):?[^{}]*}") do
    if not known[name] then return "{" .. name .. "}" end
  end
end

function variables.list()
  local names = {}
  for name in pairs(known) do names[#names + 1] = "{" .. name .. "}" end
  table.sort(names)
  return table.concat(names, " ")
end

return variables
