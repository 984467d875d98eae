-- expect: stopped: effort
local s = ("x"):rep(700000)
bot.command("attack", function() while true do hash.sha256(s) hash.hmac_sha256(s, s) hash.equal(s, s) base64.decode(base64.encode(s)) end end)
