-- Quotes of a room, each under a number that is never given twice.
local settings = bot.config

local function book(room) return kv.ns("quotes/" .. room.id .. "/") end

local function key(n) return ("%08d"):format(n) end

-- each calls fn with every quote of a room until it returns something.
local function each(room, fn)
  local quotes, after = book(room), nil
  repeat
    local page = assert(quotes:scan("0", { limit = 200, after = after }))
    for _, entry in ipairs(page) do
      local found = fn(entry.value)
      if found then return found end
      after = entry.key
    end
  until #page < 200
end

local function show(ev, quote)
  ev:reply(i18n.t("quote", { n = quote.n, text = quote.text, by = quote.by, date = time.format(quote.at, "%Y-%m-%d") }))
end

local function count(room) return book(room):get("count", 0) end

local function pick(room)
  local at, i = rng.int(1, count(room)), 0
  return each(room, function(quote)
    i = i + 1
    return i == at and quote
  end)
end

local function search(room, words)
  local wanted, found = text.fold(words), {}
  each(room, function(quote)
    if text.fold(quote.text):find(wanted, 1, true) then found[#found + 1] = quote end
    return #found >= 100
  end)
  return rng.pick(found)
end

bot.command{ { "quote", "q" }, args = "what:rest?", help = "A quote: any, one by its number, or one with these words in it",
  cooldown = { room = "2s" }, run = function(ev, a)
    if count(ev.room) == 0 then return ev:reply(i18n.t("none", { prefix = ev.prefix })) end
    local n = tonumber(a.what)
    local quote
    if not a.what or a.what == "" then
      quote = pick(ev.room)
    elseif n and n >= 1 and n < 1e8 and n % 1 == 0 then
      quote = book(ev.room):get(key(n))
    else
      quote = search(ev.room, a.what)
    end
    if not quote then return ev:reply(i18n.t("unknown", { what = a.what })) end
    show(ev, quote)
  end }

bot.command{ "addquote", args = "text:rest", help = "Keeps a quote", roles = { settings.add }, mode = "queue", per = "room",
  examples = { "!addquote It works on my machine" },
  run = function(ev, a)
    local words = text.escape(a.text, "line")
    if #text.split(words, settings.length, "runes") > 1 then return ev:reply(i18n.t("too_long", { n = settings.length })) end
    if count(ev.room) >= settings.max then return ev:reply(i18n.t("full", { n = settings.max })) end
    local quotes = book(ev.room)
    local n = assert(quotes:incr("last"))
    local kept, err = quotes:set(key(n), { n = n, text = words, by = ev.user.name, owner = ev.user.account or ev.user.id, at = time.now() })
    if not kept then return ev:reply(err.message) end   -- there is no room for more
    assert(quotes:incr("count"))
    ev:reply(i18n.t("added", { n = n }))
  end }

bot.command{ "delquote", args = "n:int", help = "Removes a quote", mode = "queue", per = "room",
  run = function(ev, a)
    local quotes = book(ev.room)
    local quote = a.n > 0 and a.n < 1e8 and quotes:get(key(a.n))
    if not quote then return ev:reply(i18n.t("unknown", { what = a.n })) end
    -- A name proves nothing: only with an account is somebody the one who added it.
    local own = ev.user.account and quote.owner == ev.user.account
    if not own and not ev.user:is(settings.remove) then return ev:reply(i18n.t("not_yours")) end
    assert(quotes:delete(key(a.n)))
    assert(quotes:incr("count", -1))
    ev:reply(i18n.t("removed", { n = a.n }))
  end }
