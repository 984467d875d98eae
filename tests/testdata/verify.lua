-- A verifier of raffles of its own: what docs/raffles.md says, in Lua as scripts write it.
local function hex(s) return (tostring(s or ""):gsub(".", function(c) return ("%02x"):format(c:byte()) end)) end
local function bytes(h) return (h:gsub("%x%x", function(x) return string.char(tonumber(x, 16)) end)) end

local function number(key, draw, below)
  local try = 0
  while true do
    local x = tonumber(hash.hmac_sha256(key, draw .. "." .. try):sub(1, 12), 16)
    if x < 2 ^ 48 - 2 ^ 48 % below then return x % below end
    try = try + 1
  end
end

-- verify returns true, or false and why not.
local function verify(p)
  local seed = bytes(p.seed)
  if p.botd_raffle ~= 1 then return false, "version" end
  if hash.sha256(seed) ~= p.commitment then return false, "commitment" end
  local list, drawn = "botd-raffle-1\n", ""
  for name in ("id room prize question opened closed winners claim reroll commitment"):gmatch("%a+") do
    list = list .. name .. " " .. hex(p[name]) .. "\n"
  end
  for _, a in ipairs(p.answers or {}) do list = list .. "answer " .. hex(a) .. "\n" end
  for i, e in ipairs(p.entries) do
    if e.weight < 1 or e.weight > 1000000 or e.weight % 1 ~= 0 then return false, "weight" end
    if i > 1 and e.who <= p.entries[i - 1].who then return false, "order" end
    local entry = ("%d %d %s"):format(e.weight, e.answer or 0, hex(e.who))
    list, drawn = list .. entry .. " " .. hex(e.name) .. "\n", drawn .. entry .. "\n"
  end
  if hash.sha256(list) ~= p.list_hash then return false, "list" end
  local key, gone, result = bytes(hash.hmac_sha256(seed, drawn)), {}, "botd-raffle-1-result " .. p.list_hash .. "\n"
  for draw, d in ipairs(p.draws) do
    local pool, total = {}, 0
    for _, e in ipairs(p.entries) do
      if not gone[e.who] and ((d.answer or 0) == 0 or e.answer == d.answer) then
        pool[#pool + 1], total = e, total + e.weight
      end
    end
    if total == 0 then return false, "nobody left" end
    local at, winner = number(key, draw - 1, total), nil
    for _, e in ipairs(pool) do
      if at < e.weight then winner = e break end
      at = at - e.weight
    end
    if winner.who ~= d.who or winner.name ~= d.name then return false, "winner" end
    if not ({ won = 1, unclaimed = 1, rerolled = 1 })[d.outcome] then return false, "outcome" end
    if d.outcome == "unclaimed" and p.claim == "0s" then return false, "nobody had to claim" end
    gone[winner.who] = true
    result = result .. ("%s %d %s %s\n"):format(d.outcome, d.answer or 0, hex(d.who), hex(d.why))
  end
  return hash.sha256(result) == p.result_hash, "result"
end

bot.command("verify", function(ev, text)
  local ok, why = verify(json.decode(text))
  log.info(ok and "valid" or why)
end)
