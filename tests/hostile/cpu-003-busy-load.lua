-- expect: refused at load: stopped: too many instructions
-- limits: steps: 100000, handler_time: 20s, load_time: 20s
while true do end
