-- expect: harmless: refused or refused at load: cpu-073
local refused = 0
local deep = { type = "string" }
for i = 1, 10000 do deep = { type = "list", of = deep, items = deep } end
local wide = {}
for i = 1, 20000 do wide["k" .. i] = { type = "string", default = ("x"):rep(100) } end
for _, s in ipairs{ { a = deep }, wide, { a = { type = "string", pattern = ("(a*)*"):rep(10000) } }, { a = { type = "nonsense" } }, { a = { type = "enum", values = {} } }, { a = function() end } } do
  if not pcall(config.schema, s) then refused = refused + 1 end
end
bot.command("attack", function(ev) ev:reply(refused > 0 and "refused" or "took all") end)
