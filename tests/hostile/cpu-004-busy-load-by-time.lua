-- expect: refused at load: stopped: took longer than
-- limits: steps: 1000000000000, handler_time: 50ms, load_time: 60ms
while true do end
