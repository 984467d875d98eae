--- log.debug works
log.debug("looking", {n = 1})
assert(true)
--> t:expect_log("looking", "debug")

--- log.debug wrong: argument 2 (fields): expected a table, got the number 5
log.debug("a", 5)

--- log.debug cannot fail: logs

--- log.info works
log.info({1})
--> t:expect_log("table: ", "info")

--- log.info wrong: argument 2 (fields): more than 16 KiB for one line of a log
log.info("a", {a = ("x"):rep(20000)})

--- log.info cannot fail: logs

--- log.warn works
log.warn("careful")
--> t:expect_log("careful", "warn")

--- log.warn wrong: argument 2 (fields): f: expected plain data
log.warn("a", {f = print})

--- log.warn cannot fail: logs

--- log.error works
log.error("broken", {why = "rust"})
--> t:expect_log("broken", "error")

--- log.error wrong: argument 2 (fields): expected a table, got the string "why"
log.error("a", "why")

--- log.error cannot fail: logs
