--- config.schema works
--< opts.config = {pause = "5s"}
local settings = config.schema{greeting = "Hi", pause = {type = "duration", max = "1h"}}
-- !row
same(settings, {greeting = "Hi", pause = 5})

--- config.schema wrong: argument 1 (fields): expected a table, got nil
config.schema()
-- !row

--- config.schema wrong: argument 1 (fields): pause.type: there is no such type, did you mean "duration"?
config.schema{pause = {type = "durations"}}
-- !row

--- config.schema fails: raises config.pause: want a duration such as "90s" or "5m" at most 1h
--< opts.config = {pause = "5h"}
config.schema{pause = {type = "duration", max = "1h"}}
