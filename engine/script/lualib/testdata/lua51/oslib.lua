-- os.*, in UTC so that the zone does not matter.
print(os.date("!%Y-%m-%d %H:%M:%S", 0), os.date("!%Y-%m-%d %H:%M:%S", 1700000000))
-- expect: 1970-01-01 00:00:00	2023-11-14 22:13:20
print(os.date("!%a %A %b %B %d %H %I %j %m %M %p %S %w %x %X %y %%", 1700000000))
-- expect: Tue Tuesday Nov November 14 22 10 318 11 13 PM 20 2 11/14/23 22:13:20 23 %
print(os.date("!%c", 1700000000), os.date("!%c", 0))
-- expect: Tue Nov 14 22:13:20 2023	Thu Jan  1 00:00:00 1970
print(os.date("!%U %W %V %G %u %D %F %T %R %r %e %h %C", 1700000000))
-- expect: 46 46 46 2023 2 11/14/23 2023-11-14 22:13:20 22:13 10:13:20 PM 14 Nov 20
print(os.date("!%U %W %j", 1704067200), os.date("!%U %W %j", 1672531200), os.date("!%V %G %g", 1672531200))
-- expect: 00 01 001	01 00 001	52 2022 22
print(os.date("!%n%t|", 0) == "\n\t|", os.date("!", 0) == "", os.date("!plain text", 0))
-- expect: true	true	plain text
print(os.date("!%I %p", 0), os.date("!%I %p", 43200), os.date("!%H", 86399))
-- expect: 12 AM	12 PM	23
local t = os.date("!*t", 1700000000)
print(t.year, t.month, t.day, t.hour, t.min, t.sec, t.wday, t.yday, t.isdst)
-- expect: 2023	11	14	22	13	20	3	318	false
print(type(os.time()), os.time() > 1600000000, os.difftime(10, 4), type(os.clock()), os.clock() >= 0)
-- expect: number	true	6	number	true
local now = os.time()
print(os.time(os.date("*t", now)) == now, os.time({ year = 2024, month = 13, day = 1 }) == os.time({ year = 2025, month = 1, day = 1 }))
-- expect: true	true
print(os.time({ year = 2024, month = 1, day = 32, hour = 0 }) == os.time({ year = 2024, month = 2, day = 1, hour = 0 }))
-- expect: true
print(os.time({ year = 2024, month = 2, day = 1, hour = 0 }) - os.time({ year = 2024, month = 1, day = 1, hour = 0 }))
-- expect: 2678400
print(os.time({ year = 2024, month = 6, day = 1 }) == os.time({ year = 2024, month = 6, day = 1, hour = 12, min = 0, sec = 0 }))
-- expect: true
print(os.time({ year = "2024", month = "6", day = "1" }) == os.time({ year = 2024, month = 6, day = 1 }))
-- expect: true
print(pcall(function() os.time({ year = 2024 }) end))
-- expect: false	test.lua:18: field 'day' missing in date table
print(pcall(function() os.time({ year = 2024, month = 1, day = "x" }) end))
-- expect: false	test.lua:19: field 'day' missing in date table
print(pcall(function() os.time(5) end))
-- expect: false	test.lua:20: bad argument #1 to 'time' (table expected, got number)
print(#os.date() > 10, os.date("!%Y", "0"))
-- expect: true	1970
