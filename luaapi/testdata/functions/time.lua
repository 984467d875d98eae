--- time.now works
same(time.now(), 1893499200)
sleep(1.5)
same(time.now(), 1893499201.5)
--> t.clock:advance("2s")

--- time.now cannot fail: knows

--- time.parse works
same(time.parse("2030-01-01 12:00"), 1893499200)
same(time.parse("1.1.2030", "%d.%m.%Y", "Europe/Rome"), 1893452400)

--- time.parse wrong: argument 2 (layout): "%Q" is unknown
time.parse("2030", "%Q")

--- time.parse fails: invalid: "tomorrow" is not a time; write it as 2026-03-01 18:30
return time.parse("tomorrow")

--- time.parse fails: invalid: no time zone "Europe/Rom"
return time.parse("2030-01-01", nil, "Europe/Rom")

--- time.format works
same(time.format(), "2030-01-01 12:00:00")
same(time.format(0, "%H:%M", "Europe/Rome"), "01:00")

--- time.format wrong: argument 2 (layout): a % at the end; write %% for a percent sign
time.format(0, "50%")

--- time.format fails: invalid: no time zone "Mars"
return time.format(0, nil, "Mars")

--- time.ago works
same(time.ago(time.now() - 300), "5 minutes ago")
same(time.ago(time.now() + 7200), "in 2 hours")
same(time.ago(time.now()), "just now")
same(time.ago(time.now() + 7200, {lang = "it"}), "tra 2 ore")
same(time.ago(time.now() - 3 * 86400, {lang = "de", room = bot.room("lobby/lobby")}), "vor 3 Tagen")

--- time.ago wrong: argument 1 (t): expected a time in unix seconds, got the string "noon"
time.ago("noon")

--- time.ago wrong: argument 2 (opts): unknown option "language"
time.ago(0, {language = "it"})

--- time.ago cannot fail: computes

--- time.duration works
same(time.duration("1h30m"), 5400)
same(time.duration("90"), 90)

--- time.duration wrong: argument 1 (text): expected a string, got a table
time.duration({})

--- time.duration fails: invalid: "5 minutes" is not a duration; write it as "90s", "5m", "1h30m" or "2d"
return time.duration("5 minutes")

--- time.span works
same(time.span("90m"), "1 hour 30 minutes")
same(time.span(-5), "minus 5 seconds")
same(time.span("90m", {lang = "it"}), "1 ora e 30 minuti")

--- time.span wrong: argument 1 (d): expected a duration (seconds, or text such as "90s", "5m", "1h30m", "2d"), got the string "soon"
time.span("soon")

--- time.span wrong: argument 2 (opts): lang: "x y" is
time.span(5, {lang = "x y"})

--- time.span cannot fail: computes
