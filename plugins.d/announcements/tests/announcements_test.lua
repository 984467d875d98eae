local function lobby(t, entry)
  entry.name = "tips"
  t:load("announcements", { config = { announcements = { entry } }, grants = { "chat", "cron", "store" } })
  return t:room("lobby/lobby")
end

test.case("texts come in turn", function(t)
  local room = lobby(t, { texts = { "one in {room}", "two" }, every = "1h" })
  t.clock:advance("1h")
  room:expect("one in lobby")
  t.clock:advance("1h")
  room:expect("two")
  t.clock:advance("1h")
  room:expect("one in lobby")
end)

test.case("a crash neither repeats nor skips", function(t)
  local room = lobby(t, { texts = { "one", "two", "three" }, every = "1h" })
  t.clock:advance("1h")
  room:expect("one")
  t.clock:advance("10m")
  t:crash()
  t.clock:advance("51m")
  room:expect("two")
  room:expect_nothing()
end)

test.case("only where people talk", function(t)
  local room = lobby(t, { texts = { "hello" }, every = "1h", lines = 3, speakers = 2 })
  local attic = t:room("lobby/attic")
  local ann = room:user("ann")
  for _ = 1, 5 do ann:says("x") end
  t.clock:advance("1h")
  room:expect_nothing()
  room:user("bob"):says("y")
  t.clock:advance("1h")
  room:expect("hello")
  expect(#attic:lines()):equals(0)
  t.clock:advance("1h")
  room:expect_nothing()
end)

test.case("at a time of day, and silence at night", function(t)
  local room = lobby(t, { texts = { "hello" }, at = "0 * * * *", tz = "Europe/Rome", quiet = "22:00-07:30" })
  t.clock:advance("9h")   -- from 13:00 to 22:00 in Rome
  expect(#room:lines()):equals(8)
  t.clock:advance("10h")
  expect(#room:lines()):equals(9)   -- 08:00
end)

test.case("only in its rooms", function(t)
  local room = lobby(t, { texts = { "hello" }, every = "1h", rooms = { "lobby/at*", "*/attic" } })
  local attic = t:room("lobby/attic")
  t.clock:advance("1h")
  attic:expect_lines({ "hello" })
  room:expect_nothing()
end)

test.case("moderators say one now", function(t)
  local room = lobby(t, { texts = { "one", "two" }, every = "1h" })
  local ann, mod = room:user("ann"), room:user("mod", { role = "moderator" })
  ann:says("!announce tips")
  room:expect_nothing()
  mod:says("!announce")
  room:expect("announcements: tips")
  mod:says("!announce tricks")
  room:expect("there is no announcement tricks; there are tips")
  mod:says("!announce tips")
  room:expect("one")
  t.clock:advance("1h")
  room:expect("two")
end)

test.case("what is wrong in the configuration is said at once", function(t)
  for _, bad in ipairs{
    { { texts = { "x" } }, "tips: want either every or at" },
    { { texts = { "x" }, every = "1h", quiet = "at night" }, "tips: quiet: want hours such as" },
    { { texts = { "x" }, at = "0 25 * * *" }, "hour" },
    { { every = "1h" }, "texts: is missing" },
    { { texts = {}, every = "1h" }, "texts: want a list of text with" },
    { { texts = { "x" }, evry = "1h" }, "did you mean \"every\"" },
  } do
    t:expect_error(bad[2], function() lobby(t, bad[1]) end)
  end
end)

-- More is due at once than the pace of these networks lets out in a minute. The answer goes before what waits.
for _, network in ipairs{ "hackmud", "hctv", "hitbox" } do
  test.case("they never delay an answer on " .. network, function(t)
    local list = {}
    for i = 1, 50 do
      list[i] = { name = "news" .. i, texts = { ("news %d, %s"):format(i, ("long "):rep(85)) }, at = "0 * * * *" }
    end
    t:load("announcements", { config = { announcements = list }, grants = { "chat", "cron", "store" } })
    local room = t:room(network .. "/busy", { like = network })
    local mod = room:user("mod", { role = "moderator" })
    for i = 1, 30 do room:user("user" .. i % 5):says("line " .. i) end
    t.clock:advance("1h")
    mod:says("!announce gossip")
    room:expect("there is no announcement gossip")
    t.clock:advance("10m")
    local news, waited = 0, nil
    for _, line in ipairs(room:lines()) do
      if line.text:find("^news %d+, long ") then news = news + 1 end
      if line.text:find("^there is no") then waited = 50 - news end
    end
    expect(news):equals(50)
    expect(waited):above(20)
  end)
end
