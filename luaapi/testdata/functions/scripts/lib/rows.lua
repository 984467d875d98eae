-- What the rows of functions find in their scripts.
local rows = {}

local function text(v)
  if type(v) == "table" then
    local ok, plain = pcall(json.encode, v)
    if ok then return plain end
  end
  return tostring(v) .. " (" .. type(v) .. ")"
end

local function equal(a, b)
  if type(a) ~= "table" or type(b) ~= "table" then return a == b end
  for k, v in pairs(a) do
    if not equal(v, b[k]) then return false end
  end
  for k in pairs(b) do
    if a[k] == nil then return false end
  end
  return true
end

-- same raises unless a value is the one wanted; tables are the same if they hold the same.
function rows.same(got, want)
  if not equal(got, want) then error("got " .. text(got) .. ", want " .. text(want), 2) end
end

-- fails raises unless what follows are nil and an error with that code and message.
function rows.fails(code, message, ...)
  local got, err = ...
  if got ~= nil or select("#", ...) < 2 then error("it did not fail, it returned " .. text(got), 0) end
  if err.code ~= code or not err.message:find(message, 1, true) then
    error(("it failed with %q, want %q"):format(tostring(err), code .. ": " .. message), 0)
  end
end

-- none raises unless what follows is nil, and no more.
function rows.none(...)
  if ... ~= nil or select("#", ...) > 1 then error("it returned " .. text((...)) .. " and so on", 0) end
end

-- raises raises unless a function does, with that text in the message.
function rows.raises(message, fn)
  local ok, err = pcall(fn)
  if ok then error("it raised nothing", 0) end
  if not tostring(err):find(message, 1, true) then error(("it raised %q, want %q"):format(tostring(err), message), 0) end
end

return rows
