-- expect: refused at load: limits.memory or refused at load: stopped
local keep = {}
for i = 1, 1e9 do keep[i] = {("x"):rep(1000) .. i} end
