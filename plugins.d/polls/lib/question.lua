-- How moderators write a poll.
local question = {}

-- parts are the texts between signs, without quotes around them.
local function parts(line, sign)
  local out = {}
  for part in line:gmatch("[^" .. sign .. "]+") do
    part = part:match("^%s*(.-)%s*$")
    part = part:match('^"(.*)"$') or part
    if part ~= "" then out[#out + 1] = part end
  end
  return out
end

-- words are those of a line; several in quotes are one.
local function words(line)
  local out = {}
  while line ~= "" do
    local word, rest = line:match('^"([^"]+)"%s*(.*)$')
    if not word then word, rest = line:match("^(%S+)%s*(.*)$") end
    out[#out + 1], line = word, rest
  end
  return out
end

-- options reads "soup | salad", "soup, salad" or "soup salad".
local function options(line)
  if line:find("|", 1, true) then return parts(line, "|") end
  if line:find(",", 1, true) then return parts(line, ",") end
  return words(line)
end

-- read returns the question, nil if there is none, and the options. Without quotes the
-- question ends with its question mark, or else at the first |.
function question.read(quoted, line)
  line = line or ""
  if quoted then return quoted, options(line) end
  local first, rest = line:match("^(.-)%s*|(.*)$")
  if not first or not first:match("%?$") then
    local asked, answers = line:match("^([^|]-%?)%s+(.*)$")
    if asked then return asked, options(answers) end
  end
  if not first or first == "" then return nil, {} end
  return first, parts(rest, "|")
end

return question
