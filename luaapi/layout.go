package luaapi

import (
	"fmt"
	"strings"
	"time"
)

// layoutVerbs maps the verbs of os.date to layouts of package time.
var layoutVerbs = map[byte]string{
	'Y': "2006", 'y': "06", 'm': "01", 'd': "02", 'e': "_2", 'H': "15", 'I': "03", 'M': "04", 'S': "05", 'p': "PM",
	'a': "Mon", 'A': "Monday", 'b': "Jan", 'B': "January", 'j': "002", 'z': "-0700", 'Z': "MST",
	'F': "2006-01-02", 'T': "15:04:05", 'R': "15:04", 'D': "01/02/06",
}

// lenient are layouts for reading that take one digit where two are usual.
var lenient = strings.NewReplacer("01", "1", "02", "2", "03", "3", "04", "4", "05", "5")

// eachVerb cuts a layout into text and verbs.
func eachVerb(layout string, text func(string), verb func(layout string)) error {
	for layout != "" {
		i := strings.IndexByte(layout, '%')
		if i < 0 {
			i = len(layout)
		}
		if i > 0 {
			text(layout[:i])
			layout = layout[i:]
			continue
		}
		if len(layout) < 2 {
			return fmt.Errorf("a %% at the end; write %%%% for a percent sign")
		}
		switch l, ok := layoutVerbs[layout[1]]; {
		case layout[1] == '%':
			text("%")
		case ok:
			verb(l)
		default:
			return fmt.Errorf("%q is unknown; there are %%Y %%m %%d %%H %%M %%S %%y %%e %%I %%p %%a %%A %%b %%B %%j %%z %%Z %%F %%T %%R %%D", layout[:2])
		}
		layout = layout[2:]
	}
	return nil
}

func formatLayout(t time.Time, layout string) (string, error) {
	var b strings.Builder
	err := eachVerb(layout, func(s string) { b.WriteString(s) }, func(l string) { b.WriteString(t.Format(l)) })
	return b.String(), err
}

// parseLayout reads text. Package time would take some letters and digits of the text
// between verbs for verbs of its own, so such text is replaced on both sides by a
// mark that it does not know.
func parseLayout(s, layout string, zone *time.Location) (t time.Time, ok bool, err error) {
	const mark = "\x00"
	var goLayout, input strings.Builder
	rest, fits := s, true
	pending := "" // layouts of the verbs since the last text
	flush := func(until string) {
		end := len(rest)
		if until != "" {
			if end = strings.Index(rest, until); end < 0 {
				fits = false
				return
			}
		}
		goLayout.WriteString(pending + mark)
		input.WriteString(rest[:end] + mark)
		rest = rest[min(len(rest), end+len(until)):]
		pending = ""
	}
	err = eachVerb(layout, func(text string) {
		if fits {
			if pending == "" {
				rest, fits = strings.CutPrefix(rest, text)
			} else {
				flush(text)
			}
		}
	}, func(l string) {
		if len(l) == 2 {
			l = lenient.Replace(l)
		}
		pending += l
	})
	if err != nil {
		return t, false, err
	}
	if pending != "" && fits {
		flush("")
	}
	if !fits || rest != "" {
		return t, false, nil
	}
	t, perr := time.ParseInLocation(goLayout.String(), input.String(), zone)
	return t, perr == nil, nil
}
