package lualib

import (
	"fmt"
	"time"

	lua "github.com/yuin/gopher-lua"
)

var osShared = []sharedFunction{{"difftime", shared(osDifftime)}}

func (l *lib) osFuncs() []function {
	return []function{
		{"clock", l.osClock},
		{"date", l.osDate},
		{"time", l.osTime},
	}
}

func (l *lib) osClock(L *lua.LState) int {
	L.Push(numValue(l.now().Sub(l.start).Seconds()))
	return 1
}

func osDifftime(L *lua.LState) int {
	t := checkNumber(L, 1, "difftime")
	if L.Get(2) != lua.LNil {
		t -= checkNumber(L, 2, "difftime")
	}
	L.Push(numValue(t))
	return 1
}

// osTime reads a date table in the VM's zone. Fields may be out of their range:
// month 13 is the next January.
func (l *lib) osTime(L *lua.LState) int {
	now := l.now()
	if L.Get(1) == lua.LNil {
		L.Push(lua.LNumber(now.Unix()))
		return 1
	}
	tab := checkTable(L, 1, "time")
	sec, minute, hour := dateField(L, tab, "sec", 0), dateField(L, tab, "min", 0), dateField(L, tab, "hour", 12)
	day, month, year := dateField(L, tab, "day", -1), dateField(L, tab, "month", -1), dateField(L, tab, "year", -1)
	t := time.Date(year, time.Month(month), day, hour, minute, sec, 0, now.Location())
	if dst, ok := L.GetField(tab, "isdst").(lua.LBool); ok && bool(dst) != t.IsDST() {
		if dst {
			t = t.Add(-time.Hour)
		} else {
			t = t.Add(time.Hour)
		}
	}
	L.Push(lua.LNumber(t.Unix()))
	return 1
}

// dateField reads a field of a date table. A default below 0 means there is none.
func dateField(L *lua.LState, t *lua.LTable, name string, def int) int {
	f, ok := toNumber(L.GetField(t, name))
	if !ok {
		if def < 0 {
			raise(L, "field '%s' missing in date table", name)
		}
		return def
	}
	const limit = 1 << 31
	if !(f > -limit && f < limit) {
		raise(L, "field '%s' is out of range", name)
	}
	return int(f)
}

// maxTime is some 30 million years: beyond the years C can hold, within those of Go.
const maxTime = 1e15

func (l *lib) osDate(L *lua.LState) int {
	format := optString(L, 1, "date", "%c")
	t := l.now()
	if L.Get(2) != lua.LNil {
		sec := checkNumber(L, 2, "date")
		if !(sec > -maxTime && sec < maxTime) {
			argError(L, 2, "date", "time out of range")
		}
		t = time.Unix(int64(sec), 0).In(t.Location())
	}
	if format != "" && format[0] == '!' {
		format = format[1:]
		t = t.UTC()
	}
	if len(format) >= 2 && format[:2] == "*t" {
		L.Push(dateTable(L, t))
		return 1
	}
	b := l.newBuffer(L)
	for i := 0; i < len(format); i++ {
		if format[i] != '%' {
			b.byte(format[i])
			continue
		}
		charge(L, 10)
		i++
		if i == len(format) || !b.date(t, format[i]) {
			raise(L, "bad argument #1 to 'date' (invalid conversion specifier '%%%s')", format[i:min(i+1, len(format))])
		}
	}
	L.Push(b.finish())
	return 1
}

func dateTable(L *lua.LState, t time.Time) *lua.LTable {
	tab := L.CreateTable(0, 9)
	for _, f := range []struct {
		name string
		n    int
	}{
		{"sec", t.Second()}, {"min", t.Minute()}, {"hour", t.Hour()},
		{"day", t.Day()}, {"month", int(t.Month())}, {"year", t.Year()},
		{"wday", int(t.Weekday()) + 1}, {"yday", t.YearDay()},
	} {
		tab.RawSetString(f.name, intValue(f.n))
	}
	tab.RawSetString("isdst", lua.LBool(t.IsDST()))
	return tab
}

// goLayouts are the conversions of C's strftime that Go has a layout for, in the C
// locale.
var goLayouts = map[byte]string{
	'a': "Mon", 'A': "Monday", 'b': "Jan", 'B': "January", 'h': "Jan",
	'c': "Mon Jan _2 15:04:05 2006", 'd': "02", 'D': "01/02/06", 'e': "_2",
	'F': "2006-01-02", 'H': "15", 'I': "03", 'm': "01", 'M': "04", 'p': "PM",
	'r': "03:04:05 PM", 'R': "15:04", 'S': "05", 'T': "15:04:05", 'x': "01/02/06",
	'X': "15:04:05", 'y': "06", 'Y': "2006", 'z': "-0700", 'Z': "MST",
}

// date writes one conversion of strftime and reports whether there is such a one.
func (b *buffer) date(t time.Time, verb byte) bool {
	if layout, ok := goLayouts[verb]; ok {
		b.string(t.Format(layout))
		return true
	}
	year, week := t.ISOWeek()
	days := t.YearDay() + 6 // with the days of a whole week before the year
	weekday := int(t.Weekday())
	switch verb {
	case 'C':
		b.padded("%02d", t.Year()/100)
	case 'g':
		b.padded("%02d", year%100)
	case 'G':
		b.padded("%d", year)
	case 'j':
		b.padded("%03d", t.YearDay())
	case 'k':
		b.padded("%2d", t.Hour())
	case 'l':
		b.padded("%2d", (t.Hour()+11)%12+1)
	case 'n':
		b.byte('\n')
	case 's':
		b.padded("%d", int(t.Unix()))
	case 't':
		b.byte('\t')
	case 'u':
		b.padded("%d", (weekday+6)%7+1)
	case 'U':
		b.padded("%02d", (days-weekday)/7)
	case 'V':
		b.padded("%02d", week)
	case 'w':
		b.padded("%d", weekday)
	case 'W':
		b.padded("%02d", (days-(weekday+6)%7)/7)
	case '%':
		b.byte('%')
	default:
		return false
	}
	return true
}

func (b *buffer) padded(format string, n int) { b.string(fmt.Sprintf(format, n)) }
