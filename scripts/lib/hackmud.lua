-- Colours and names of the game hackmud, for scripts that speak there.
--
--   local hm = require "hackmud"
--   ev:reply(hm.color("red", "careful") .. ", " .. hm.user("botty"))
--
-- On other networks the codes would be seen: hm.on(ev) tells whether an event is from hackmud.

local hm = {}

-- Letters of the colours by their names. Lower case is the dark form.
hm.letters = {
  white = "A", gray = "C", grey = "C", red = "D", orange = "F", yellow = "J", green = "L",
  cyan = "N", blue = "P", purple = "T", pink = "V",
}

-- color puts a text into a colour: a letter, a digit, or a name of hm.letters. Colours do not
-- nest: those that are in the text stay, and this one goes on behind them.
function hm.color(color, text)
  local letter = hm.letters[color] or color
  if type(letter) ~= "string" or not letter:match("^%w$") then
    error("a colour is a letter, a digit or one of the names in hm.letters", 2)
  end
  text = tostring(text)
  local out, at = {}, 1
  local function paint(s)
    s = s:gsub("`", "'")
    if s ~= "" then out[#out + 1] = "`" .. letter .. s .. "`" end
  end
  while true do
    local from, to = text:find("`%w[^`]+`", at)
    if not from then break end
    paint(text:sub(at, from - 1))
    out[#out + 1] = text:sub(from, to)
    at = to + 1
  end
  paint(text:sub(at))
  return table.concat(out)
end

-- strip takes the colours off.
function hm.strip(text)
  return (text:gsub("`%w([^`]+)`", "%1"))
end

-- user is a name as the game shows users, script one as it shows scripts: "trust.me".
function hm.user(name) return "@" .. hm.color("C", name) end

function hm.script(name)
  local user, rest = name:match("^([%w_]+)%.([%w_]+)$")
  if not user then return name end
  return hm.color("C", user) .. "." .. hm.color("L", rest)
end

-- on tells whether an event is from hackmud.
function hm.on(ev) return ev.platform == "hackmud" end

return hm
