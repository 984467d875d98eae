package luaapi

import (
	"botd/engine"
	"botd/engine/metric"
	"botd/engine/script"
)

// metrics counts and measures. botd status --json shows the results, and admin.listen
// serves them to Prometheus at /metrics, under names that begin with botd_script_.
var metricsModule = script.Module{Name: "metrics", Members: []script.Member{
	script.Fn("count", metricsCount), script.Fn("observe", metricsObserve),
}}

type countArgs struct {
	Name   string            `lua:"name"`            // small letters, digits and _
	N      *float64          `lua:"n,optional"`      // how many more; 1 if not given
	Labels map[string]string `lua:"labels,optional"` // at most 5; of few different values: not names or texts of people
}

// metricsCount adds to a count, which only grows. A script may have 500 combinations of
// names and labels; they are forgotten when the script is unloaded.
//
//	bot.command("song", function(ev, genre)
//	  metrics.count("songs_played", 1, {genre = genre})
//	  ev:reply("noted")
//	end)
//	-- ann: !song jazz
//	-- botd: noted
func metricsCount(c *script.Call, a countArgs) (script.OK, error) {
	p := metric.Point{Name: a.Name, Labels: a.Labels, Value: 1}
	if a.N != nil {
		p.Value = *a.N
	}
	return addPoint(c, p)
}

type observeArgs struct {
	Name   string            `lua:"name"`  // small letters, digits and _
	Value  float64           `lua:"value"` // what was measured; the buckets are those usual for seconds
	Labels map[string]string `lua:"labels,optional"`
}

// metricsObserve takes a measurement, such as how long something took.
//
//	bot.command("nap", function(ev)
//	  local began = time.now()
//	  sleep(1)
//	  metrics.observe("nap_seconds", time.now() - began)
//	end)
//	-- ann: !nap
//	-- wait 1s
func metricsObserve(c *script.Call, a observeArgs) (script.OK, error) {
	return addPoint(c, metric.Point{Name: a.Name, Labels: a.Labels, Value: a.Value, Observe: true})
}

func addPoint(c *script.Call, p metric.Point) (script.OK, error) {
	c.Charge(20)
	if err := metric.Check(p); err != nil {
		e := engine.AsError(err)
		part := e.Op
		if part == "value" && !p.Observe {
			part = "n"
		}
		c.BadArg(part, "%s", e.Msg)
	}
	return script.OK{}, c.Door().Metric(c.Origin(), p)
}
