-- A verifier of raffles of its own: what docs/raffles.md says, in Lua as scripts write it.
local function hex(s) return (s:gsub(".", function(c) return ("%02x"):format(c:byte()) end)) end
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
  local list = { ("botd-raffle-1 %s %s\n"):format(hex(p.id), hex(p.prize)) }
  for i, e in ipairs(p.entries) do
    if e.weight < 1 or e.weight > 1000000 or e.weight % 1 ~= 0 then return false, "weight" end
    if i > 1 and e.who <= p.entries[i - 1].who then return false, "order" end
    list[#list + 1] = ("%d %d %s %s\n"):format(e.weight, e.answer or 0, hex(e.who), hex(e.name))
  end
  local text = table.concat(list)
  if hash.sha256(text) ~= p.list_hash then return false, "list" end
  local key, gone = bytes(hash.hmac_sha256(seed, text)), {}
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
    gone[winner.who] = true
  end
  return true
end

bot.command("verify", function(ev, text)
  local ok, why = verify(json.decode(text))
  log.info(ok and "valid" or why)
end)
