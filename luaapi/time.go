package luaapi

import (
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
	T    time.Time `lua:"t"`
	Opts i18nOpts  `lua:"opts,optional"`
}

// timeAgo says how long ago a time was, or how far ahead it is, in the language that i18n.language
// names: "5 minutes ago", "in 2 hours", "just now". The words are those of the Unicode CLDR; a language that it
// lacks gives way to the default one.
//
//	bot.command("back", function(ev) ev:reply(time.ago(time.now() + 7200) .. ", " .. time.ago(time.now() - 3 * 86400, {lang = "de"})) end)
//	-- ann: !back
//	-- botd: in 2 hours, vor 3 Tagen
func timeAgo(c *script.Call, a agoArgs) string {
	c.Charge(10)
	return c.Script().Texts.Ago(languageOf(c, a.Opts), c.Now().Sub(a.T))
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
	D    time.Duration `lua:"d"`
	Opts i18nOpts      `lua:"opts,optional"`
}

// timeSpan writes a duration for people, rounded to its two largest units, in the language that
// i18n.language names: "1 hour 30 minutes". Where a sentence goes on around it, as in "in 3 days", many languages
// need another form, which is what time.ago is for.
//
//	bot.command("long", function(ev) ev:reply(time.span("90m") .. ", " .. time.span("90m", {lang = "it"})) end)
//	-- ann: !long
//	-- botd: 1 hour 30 minutes, 1 ora e 30 minuti
func timeSpan(c *script.Call, a spanArgs) string {
	c.Charge(10)
	return c.Script().Texts.Span(languageOf(c, a.Opts), a.D)
}
