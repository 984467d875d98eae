-- expect: throttled: suspended
-- limits: steps: 100000
every(0.01, function() while true do end end)
