package hackchat

import (
	"encoding/json"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"botd/engine"
)

// An answer recognises the frame that answers a call, and decodes it to what
// encoding/json knows. Servers before 2026 give their notices no numbers; there the text
// decides.
type answer func(f any, raw []byte) (decoded any, ok bool)

// answeredBy is the plan of a command that a frame of its own answers.
func answeredBy(is answer) func(*link, *invocation) error {
	return func(_ *link, inv *invocation) error {
		inv.pending.answer = is
		return nil
	}
}

// answerCall gives a frame to the call it answers.
func (l *link) answerCall(f any, raw []byte) {
	if n, ok := f.(*noticeFrame); ok && n.Warn {
		return
	}
	var decoded any
	p, _ := l.asked.Take(func(p *pending) (ok bool) {
		if p.answer != nil {
			decoded, ok = p.answer(f, raw)
		}
		return ok
	})
	if p != nil {
		p.finish(engine.Receipt{Status: engine.Echoed, Answer: decoded})
	}
}

// says reports whether f is a notice with one of the numbers, or without any a text
// that begins in one of the ways.
func says(f any, ids []int, starts ...string) (*noticeFrame, bool) {
	n, ok := f.(*noticeFrame)
	if !ok || n.Warn || n.Type != "" {
		return nil, false
	}
	begins := slices.ContainsFunc(starts, func(s string) bool { return strings.HasPrefix(n.Text, s) })
	if n.ID != 0 {
		return n, slices.Contains(ids, n.ID) && (begins || len(starts) == 0)
	}
	return n, begins
}

// noticeOf is a notice whose text is the answer. 1110 and 1111 have many meanings, so
// where there are starts one has to fit.
func noticeOf(ids []int, starts ...string) answer {
	return func(f any, _ []byte) (any, bool) {
		n, ok := says(f, ids, starts...)
		if !ok {
			return nil, false
		}
		return map[string]any{"text": n.Text}, true
	}
}

func helpText(f any, raw []byte) (any, bool) {
	return noticeOf([]int{1303}, "# ", "Listing all current commands", "Name: ", "Unknown command")(f, raw)
}

func stats(f any, _ []byte) (any, bool) {
	n, ok := f.(*noticeFrame)
	if !ok || n.Warn || n.ID != 0 && n.ID != 1306 {
		return nil, false
	}
	m := statsText.FindStringSubmatch(n.Text)
	if m == nil {
		return nil, false
	}
	return map[string]any{"addresses": count(m[1]), "channels": count(m[2]), "text": n.Text}, true
}

// count is digits as encoding/json has numbers.
func count(digits string) float64 {
	n, _ := strconv.ParseFloat(digits, 64)
	return n
}

// moreStatsFields are the names of 2025 for the lines of older servers.
var moreStatsFields = map[string]string{
	"current-connections": "users", "current-channels": "chans", "users-joined": "joins", "invites-sent": "invites",
	"messages-sent": "messages", "users-banned": "banned", "users-kicked": "kicked", "stats-requested": "stats",
	"server-uptime": "uptime",
}

func moreStats(f any, raw []byte) (any, bool) {
	n, ok := says(f, []int{1305}, "# Server Statistics", "current-connections:")
	if !ok {
		return nil, false
	}
	out := map[string]any{"text": n.Text}
	var frame map[string]any
	if json.Unmarshal(raw, &frame) == nil {
		for _, name := range []string{"users", "chans", "joins", "invites", "messages", "banned", "kicked", "stats", "uptime", "public"} {
			if v, has := frame[name]; has {
				out[name] = v
			}
		}
	}
	for line := range strings.Lines(n.Text) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), ": ")
		switch field := moreStatsFields[name]; field {
		case "":
		case "uptime":
			out[field] = value
		default:
			out[field] = count(value)
		}
	}
	return out, true
}

// userRow is a line of the Markdown table of servers since 2025: channel, trip, nick, hash.
var userRow = regexp.MustCompile(`(?m)^\| \?(.*) \| (\S*) \| (\w+) \| (\S+) \|$`)

// userList is the answer to listusers, in 2018 lines such as "?lounge ann, bob".
func userList(f any, _ []byte) (any, bool) {
	n, ok := says(f, []int{1105}, "| Channel |", "?")
	if !ok {
		return nil, false
	}
	list := []any{}
	for _, m := range userRow.FindAllStringSubmatch(n.Text, -1) {
		list = append(list, map[string]any{"channel": m[1], "trip": m[2], "nick": m[3], "hash": m[4]})
	}
	for line := range strings.Lines(n.Text) {
		channel, nicks, ok := oldUsers(strings.TrimSpace(line))
		if !ok {
			continue
		}
		for nick := range strings.SplitSeq(nicks, ", ") {
			list = append(list, map[string]any{"channel": channel, "nick": nick})
		}
	}
	return list, true
}

var oldUserLine = regexp.MustCompile(`^\?(.*?) (\w{1,24}(?:, \w{1,24})*)$`)

// oldUsers takes a line of 2018 apart.
func oldUsers(line string) (channel, nicks string, ok bool) {
	m := oldUserLine.FindStringSubmatch(line)
	if m == nil {
		return "", "", false
	}
	return m[1], m[2], true
}

func channelList(f any, raw []byte) (any, bool) {
	if o, ok := f.(*otherFrame); !ok || o.Cmd != "publicchannels" {
		return nil, false
	}
	var frame struct {
		List []any `json:"list"`
	}
	err := json.Unmarshal(raw, &frame)
	return frame.List, err == nil
}

// riddle is the captcha some commands want solved.
func riddle(f any, _ []byte) (any, bool) {
	c, ok := f.(*captchaFrame)
	if !ok {
		return nil, false
	}
	return map[string]any{"captcha": c.Text}, true
}

func walletFrame(f any, raw []byte) (any, bool) {
	o, other := f.(*otherFrame)
	_, told := says(f, []int{1501, 1502, 1503, 1504, 1505})
	if !told && !(other && o.Cmd == "walletInfo") {
		return nil, false
	}
	var frame map[string]any
	err := json.Unmarshal(raw, &frame)
	return frame, err == nil
}
