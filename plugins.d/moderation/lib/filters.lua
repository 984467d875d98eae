-- What the filters are, which settings each has, and the rules they make.
local filters = {}

filters.order = { "links", "caps", "repeats", "symbols", "emotes", "length", "flood", "words", "patterns" }

-- kinds says of each setting what it is in chat; the bounds are those of plugin.yaml.
local kinds = {
  links = { allow = "list", strict = "bool" },
  caps = { percent = { 10, 99 }, min = { 1, 1000 } },
  repeats = { times = { 2, 100 }, within = "span", across = "bool", min = { 1, 1000 } },
  symbols = { percent = { 10, 99 }, min = { 1, 1000 } },
  emotes = { max = { 1, 1000 }, names = "list" },
  length = { max = { 1, 100000 }, lines = { 0, 1000 } },
  flood = { lines = { 2, 100 }, within = "span" },
  words = { lookalikes = "bool" },   -- the list has a command of its own
  patterns = { list = "patterns" },
}

-- rule makes what mod.rules takes; nil for a filter with nothing to look for.
local make = {
  links = function(f) return { links = { allow = f.allow, strict = f.strict } } end,
  caps = function(f) return { caps = { over = f.percent / 100, min = f.min } } end,
  repeats = function(f) return { repeats = { same_text = f.times, within = f.within, across_users = f.across, min = f.min } } end,
  symbols = function(f) return { symbols = { over = f.percent / 100, min = f.min } } end,
  emotes = function(f) return { emotes = { max = f.max, names = f.names } } end,
  length = function(f) return { length = { max = f.max, lines = f.lines } } end,
  flood = function(f) return { flood = { lines = f.lines, within = f.within } } end,
  words = function(f) return #f.list > 0 and { words = { list = f.list, confusables = f.lookalikes } } or nil end,
}

-- rules lists those of a filter: one, but for patterns, which are one each.
function filters.rules(name, f)
  if name ~= "patterns" then return { make[name](f) } end
  local out = {}
  for i, p in ipairs(f.list or {}) do out[i] = { pattern = p } end
  return out
end

-- settings lists the names of the settings of a filter.
function filters.settings(name)
  local out = {}
  for key in pairs(kinds[name]) do out[#out + 1] = key end
  table.sort(out)
  return out
end

local function list(words)
  local out = {}
  for word in words:gmatch("[^,]+") do
    word = word:match("^%s*(.-)%s*$")
    if word ~= "" then out[#out + 1] = word end
  end
  return out
end

local yes = { on = true, yes = true, ["true"] = true, off = false, no = false, ["false"] = false }

-- read makes a value of what was written, or returns nil and what is wanted.
function filters.read(name, key, words)
  local kind = kinds[name][key]
  if kind == "bool" then return yes[words:lower()], "on, off" end
  if kind == "list" then return list(words) end
  if kind == "patterns" then return words ~= "" and { words } or {} end
  if kind == "span" then
    local n = time.duration(words)
    return n and n >= 1 and n <= 3600 and n or nil, "1s - 1h"
  end
  local n = tonumber(words)
  local fits = n and n % 1 == 0 and n >= kind[1] and n <= kind[2]
  return fits and n or nil, kind[1] .. " - " .. kind[2]
end

-- show writes a value for people.
function filters.show(name, key, value)
  local kind = kinds[name][key]
  if kind == "bool" then return value and "on" or "off" end
  if kind == "span" then return time.span(value) end
  if type(value) == "table" then return #value > 0 and table.concat(value, ", ") or "-" end
  return value == nil and "-" or tostring(value)
end

return filters
