package schedule

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/robfig/cron/v3"

	"botd/engine"
)

// MinEvery is the shortest interval there is; MaxEvery the longest.
const (
	MinEvery = time.Second
	MaxEvery = 10 * 366 * 24 * time.Hour
)

// maxSpec is more than any sane spec has, lists of all minutes included.
const maxSpec = 512

// Spec is when something is to happen, without a time zone. The zero Spec is never.
type Spec struct {
	text  string
	wall  *cron.SpecSchedule // in UTC: what it returns is read off a wall clock
	every time.Duration      // instead of wall
}

func (s Spec) String() string { return s.text }

// Interval is the distance of the runs of an "@every", 0 for a spec of the wall clock.
func (s Spec) Interval() time.Duration { return s.every }

// A field of a spec, in the order of six of them.
type field struct {
	name   string
	option cron.ParseOption
	low    int
	high   int
	hint   string
}

var fields = [...]field{
	{"second", cron.Second, 0, 59, ""},
	{"minute", cron.Minute, 0, 59, ""},
	{"hour", cron.Hour, 0, 23, ""},
	{"day of month", cron.Dom, 1, 31, ""},
	{"month", cron.Month, 1, 12, " or jan to dec"},
	{"day of week", cron.Dow, 0, 6, " or sun to sat"},
}

var parser = cron.NewParser(cron.Second | cron.Minute | cron.Hour | cron.Dom | cron.Month | cron.Dow)

var named = map[string]string{
	"@yearly": "0 0 1 1 *", "@annually": "0 0 1 1 *", "@monthly": "0 0 1 * *", "@weekly": "0 0 * * 0",
	"@daily": "0 0 * * *", "@midnight": "0 0 * * *", "@hourly": "0 * * * *",
}

// Parse reads a spec: five fields (minute, hour, day of month, month, day of week), six
// with the second before them, "@daily" and its like, or "@every 5m". Errors have code
// Invalid and name the field that is wrong.
func Parse(text string) (Spec, error) {
	if len(text) > maxSpec {
		return Spec{}, engine.Errorf(engine.Invalid, "a spec of %d characters; %d are the most", len(text), maxSpec)
	}
	words := strings.Fields(text)
	clean := strings.Join(words, " ")
	switch {
	case clean == "":
		return Spec{}, engine.Errorf(engine.Invalid, `an empty spec; write five fields, "minute hour day month weekday", as in "0 9 * * 1-5"`)
	case words[0] == "@every":
		return parseEvery(clean, words[1:])
	case strings.HasPrefix(clean, "@"):
		fields, ok := named[clean]
		if !ok {
			return Spec{}, engine.Errorf(engine.Invalid, "no spec %q; there are @yearly, @monthly, @weekly, @daily, @hourly and @every 5m", clip(clean))
		}
		s, err := parseFields(strings.Fields(fields))
		s.text = clean
		return s, err
	case strings.Contains(words[0], "TZ="):
		return Spec{}, engine.Errorf(engine.Invalid, "the time zone %q stands in the spec; give it apart from it", clip(words[0]))
	}
	s, err := parseFields(words)
	s.text = clean
	return s, err
}

func clip(s string) string {
	if len(s) > 60 {
		return strings.ToValidUTF8(s[:60], "") + "…"
	}
	return s
}

func parseFields(words []string) (Spec, error) {
	switch len(words) {
	case len(fields):
	case len(fields) - 1:
		words = append([]string{"0"}, words...)
	default:
		return Spec{}, engine.Errorf(engine.Invalid,
			"%d fields; a spec has five, \"minute hour day month weekday\", or six with the second before them", len(words))
	}
	for i, f := range fields {
		if err := f.check(words[i]); err != nil {
			return Spec{}, err
		}
	}
	parsed, err := parser.Parse(strings.Join(words, " "))
	if err != nil {
		return Spec{}, engine.Errorf(engine.Invalid, "%w", err)
	}
	wall, ok := parsed.(*cron.SpecSchedule)
	if !ok {
		return Spec{}, engine.Errorf(engine.Internal, "a spec of an unknown kind")
	}
	wall.Location = time.UTC
	if wall.Next(time.Date(2001, 1, 1, 0, 0, 0, 0, time.UTC)).IsZero() {
		return Spec{}, engine.Errorf(engine.Invalid, "day of month: there is no day %s in month %s", words[3], words[4])
	}
	return Spec{wall: wall}, nil
}

// check tells what is wrong with one field. The parser does not say which one it means,
// so it gets them one by one.
func (f field) check(word string) error {
	var err error
	for item := range strings.SplitSeq(word, ",") {
		if item == "" { // to the parser that is no time at all
			err = errors.New("an item of the list is empty")
		}
	}
	if strings.Trim(word, "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ*?,-/") != "" {
		err = errors.New("a character that no field has") // and some would mean more to the parser than a field
	}
	if err == nil {
		_, err = cron.NewParser(f.option).Parse(word)
	}
	if err == nil {
		return nil
	}
	hint := f.hint
	if f.option == cron.Dow && strings.Contains(word, "7") {
		hint += "; Sunday is 0"
	}
	return engine.Errorf(engine.Invalid, "%s: %q is not right (%s); write numbers from %d to %d%s, with , - / or *",
		f.name, clip(word), clip(err.Error()), f.low, f.high, hint)
}

func parseEvery(text string, words []string) (Spec, error) {
	if len(words) != 1 {
		return Spec{}, engine.Errorf(engine.Invalid, `@every: expected one duration after it, as in "@every 5m"`)
	}
	d, err := duration(words[0])
	if err != nil {
		return Spec{}, engine.Errorf(engine.Invalid, `@every: %q is not a duration; write it as in "@every 90s", "@every 1h30m" or "@every 2d"`, clip(words[0]))
	}
	s, err := Every(d)
	if err != nil {
		return s, engine.Errorf(engine.Invalid, "@every: %s", engine.AsError(err).Msg)
	}
	s.text = text
	return s, nil
}

// duration is Go's, with days before the rest.
func duration(text string) (time.Duration, error) {
	var days time.Duration
	if n, rest, ok := strings.Cut(text, "d"); ok {
		count, err := strconv.ParseUint(n, 10, 16)
		if err != nil {
			return 0, err
		}
		days = time.Duration(count) * 24 * time.Hour
		if rest == "" {
			return days, nil
		}
		text = rest
	}
	d, err := time.ParseDuration(text)
	if err == nil && (d < 0 || d > MaxEvery) {
		err = errors.New("out of range")
	}
	return days + d, err
}

// Every is a spec of runs that are d apart.
func Every(d time.Duration) (Spec, error) {
	if d < MinEvery || d > MaxEvery {
		return Spec{}, engine.Errorf(engine.Invalid, "runs can be from %s to %d days apart, not %s", MinEvery, MaxEvery/(24*time.Hour), d)
	}
	return Spec{text: fmt.Sprintf("@every %s", d), every: d}, nil
}

const allHours = 1<<24 - 1

// rhythm reports whether the spec is due in every hour, and so no time of day.
func (s Spec) rhythm() bool { return s.wall.Hour&allHours == allHours }
