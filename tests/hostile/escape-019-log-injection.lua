-- expect: harmless: logged
log.info("x\n2026-01-01 level=ERROR msg=fake\27[2J\0", {script = "innocent", level = "ERROR", msg = "fake", ["a b=c\n"] = "\27[31m"})
print("\r\27]0;title\7")
bot.command("attack", function(ev) ev:reply("logged") end)
