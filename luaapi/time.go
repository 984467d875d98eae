package luaapi

import (
	"math"
	"slices"
	"strings"
	"time"

	"botd/engine"
	"botd/engine/script"
)

// time is about moments, as unix seconds, and durations.
var timeModule = script.Module{Name: "time", Pure: true, Members: []script.Member{
	script.Plain("now", timeNow), script.Fn("parse", timeParse), script.Fn("format", timeFormat),
	script.Plain("ago", timeAgo), script.Fn("duration", timeDuration), script.Plain("span", timeSpan),
}}

// timeNow is the time in unix seconds, with a fraction.
func timeNow(c *script.Call, _ script.None) time.Time { return c.Now() }

// maxLayout bounds what may describe a time, or be one.
const maxLayout = 1000

type timeParseArgs struct {
	Text   string `lua:"text"`            // "2026-03-01 18:30", "2026-03-01T18:30:00+01:00" and other usual forms
	Layout string `lua:"layout,optional"` // what the text looks like, as for os.date: "%d.%m.%Y %H:%M"
	TZ     string `lua:"tz,optional"`     // the zone if the text names none: "Europe/Rome"; UTC if not given
}

var usualLayouts = []string{
	time.RFC3339, "2006-01-02T15:04:05", "2006-01-02T15:04", "2006-01-02 15:04:05", "2006-01-02 15:04", "2006-01-02",
	time.RFC1123Z, time.RFC1123, time.RFC850, time.ANSIC,
}

// timeParse reads a time that people or machines wrote.
func timeParse(c *script.Call, a timeParseArgs) (time.Time, error) {
	if len(a.Layout) > maxLayout {
		c.BadArg("layout", "longer than %d bytes", maxLayout)
	}
	if len(a.Text) > maxLayout {
		return time.Time{}, engine.Errorf(engine.Invalid, "%q is not a time", clip(a.Text))
	}
	c.Charge(10 + len(a.Text)/8)
	zone, err := zoneOf(a.TZ)
	if err != nil {
		return time.Time{}, err
	}
	if a.Layout != "" {
		t, ok, err := parseLayout(a.Text, a.Layout, zone)
		if err != nil {
			c.BadArg("layout", "%s", err)
		}
		if !ok {
			return t, engine.Errorf(engine.Invalid, "%q is not a time of the form %q", clip(a.Text), clip(a.Layout))
		}
		return t, nil
	}
	for _, layout := range usualLayouts {
		if t, err := time.ParseInLocation(layout, strings.TrimSpace(a.Text), zone); err == nil {
			return t, nil
		}
	}
	return time.Time{}, engine.Errorf(engine.Invalid, "%q is not a time; write it as 2026-03-01 18:30", clip(a.Text))
}

func zoneOf(name string) (*time.Location, error) {
	if name == "" {
		return time.UTC, nil
	}
	zone, err := time.LoadLocation(name)
	if err != nil || name == "Local" {
		return nil, engine.Errorf(engine.Invalid, `no time zone %q; names are as in "Europe/Rome"`, clip(name))
	}
	return zone, nil
}

type timeFormatArgs struct {
	T      *time.Time `lua:"t,optional"`      // now if not given
	Layout string     `lua:"layout,optional"` // as for os.date; "%Y-%m-%d %H:%M:%S" if not given
	TZ     string     `lua:"tz,optional"`     // "Europe/Rome"; UTC if not given
}

// timeFormat writes a time for people.
func timeFormat(c *script.Call, a timeFormatArgs) (string, error) {
	if len(a.Layout) > maxLayout {
		c.BadArg("layout", "longer than %d bytes", maxLayout)
	}
	c.Charge(10 + 10*len(a.Layout))
	zone, err := zoneOf(a.TZ)
	if err != nil {
		return "", err
	}
	t := c.Now()
	if a.T != nil {
		t = *a.T
	}
	if a.Layout == "" {
		a.Layout = "%Y-%m-%d %H:%M:%S"
	}
	out, err := formatLayout(t.In(zone), a.Layout)
	if err != nil {
		c.BadArg("layout", "%s", err)
	}
	return out, nil
}

type agoArgs struct {
	T time.Time `lua:"t"`
}

// timeAgo says how long ago a time was, or how far ahead it is: "5 minutes ago", "in 2
// hours", "just now".
func timeAgo(c *script.Call, a agoArgs) string {
	d := c.Now().Sub(a.T)
	if d.Abs() < time.Second {
		return "just now"
	}
	if d < 0 {
		return "in " + spanText(-d, 1)
	}
	return spanText(d, 1) + " ago"
}

type durationTextArgs struct {
	Text string `lua:"text"` // such as "90s", "5m", "1h30m", "2d", or a number of seconds
}

// timeDuration reads a duration and returns seconds.
func timeDuration(_ *script.Call, a durationTextArgs) (time.Duration, error) {
	d, ok := engine.ParseDuration(strings.TrimSpace(a.Text))
	if !ok {
		return 0, engine.Errorf(engine.Invalid, `%q is not a duration; write it as "90s", "5m", "1h30m" or "2d"`, clip(a.Text))
	}
	return d, nil
}

type spanArgs struct {
	D time.Duration `lua:"d"`
}

// timeSpan writes a duration for people, rounded to its two largest units: "1 hour 30 minutes".
func timeSpan(_ *script.Call, a spanArgs) string {
	if a.D < 0 {
		return "minus " + spanText(-a.D, 2)
	}
	return spanText(a.D, 2)
}

type spanUnit struct {
	name string
	d    time.Duration
}

var spanUnits = []spanUnit{
	{"year", 365 * 24 * time.Hour}, {"day", 24 * time.Hour}, {"hour", time.Hour}, {"minute", time.Minute}, {"second", time.Second},
}

// spanText writes the n largest units of a duration, rounded: two hours less a moment are
// two hours.
func spanText(d time.Duration, n int) string {
	largest := slices.IndexFunc(spanUnits, func(u spanUnit) bool { return d >= u.d })
	if largest < 0 {
		largest = len(spanUnits) - 1
	}
	d = d.Round(spanUnits[min(largest+n, len(spanUnits))-1].d)
	var parts []string
	for _, u := range spanUnits {
		count := int(math.Floor(float64(d) / float64(u.d)))
		if count > 0 && len(parts) < n {
			word := u.name
			if count > 1 {
				word += "s"
			}
			parts = append(parts, itoa(count)+" "+word)
			d -= time.Duration(count) * u.d
		} else if len(parts) > 0 {
			break // "1 day 5 seconds" helps nobody
		}
	}
	if parts == nil {
		return "0 seconds"
	}
	return strings.Join(parts, " ")
}
