package contest

import (
	"strconv"
	"strings"
	"time"

	"botd/engine/poll"
	"botd/engine/raffle"
)

// momentLive is the text of the message of a poll while votes come in.
const momentLive poll.Moment = "live"

// texts are what contests say, by the names in [script.ContestTexts]. Scripts may give others; an empty one says
// nothing.
var texts = map[string]string{
	"opened":    "Poll{tag}: {question} {options}. {how}{ends}",
	"live":      "Poll{tag}: {question} {standing}. {how}{ends}",
	"progress":  "Poll{tag}: {question} {standing}.{ends}",
	"paused":    "Poll{tag} rests: {question}",
	"resumed":   "Poll{tag} goes on: {question} {options}.{ends}",
	"runoff":    "Poll{tag}: a tie. Run-off: {question} {options}. {how}{ends}",
	"ended":     "Poll{tag} has ended: {question} {result} ({standing})",
	"cancelled": "Poll{tag} was cancelled: {question}",
	"voted":     "",

	"how_plurality": "Say the number or {prefix}vote {tagged}.",
	"how_approval":  "Say all numbers you like, as in {prefix}vote {tagged}.",
	"how_ranked":    "Say the numbers from best to worst, as in {prefix}vote {tagged}.",
	"ends":          " Ends in {left}.",
	"hidden":        "{voters} voted",
	"won":           "{winner} wins",
	"lot":           "{winner} wins by lot",
	"tie":           "a tie between {first}",
	"none":          "nobody voted",
	"quorum":        "{voters} voted, {quorum} were needed",
	"by_nick":       "; counted by name, which proves nothing",

	"raffle_opened":    "Raffle for {prize}: {question}say {keyword}{answers} to enter.{ends} Commitment: {commitment}",
	"raffle_paused":    "The raffle for {prize} rests.",
	"raffle_resumed":   "The raffle for {prize} goes on: say {keyword}{answers} to enter.{ends}",
	"raffle_closed":    "The raffle for {prize} is closed with {entries} entries. List: {list}",
	"raffle_drawn":     "{names}: drawn for {prize}! Say something within {claim} to claim it.",
	"raffle_ended":     "{names} wins {prize}! Proof: {id} {proof}",
	"raffle_nobody":    "Nobody wins {prize}. Proof: {id} {proof}",
	"raffle_cancelled": "The raffle for {prize} was cancelled.",
}

// fill makes the text of a name.
func (m *Manager) fill(c *contest, name string, values map[string]string) string {
	text, own := c.Spec.Texts[name]
	if !own {
		text = texts[name]
	}
	var pairs []string
	for k, v := range values {
		pairs = append(pairs, "{"+k+"}", v)
	}
	return strings.NewReplacer(pairs...).Replace(text)
}

// pollText is what there is to say of a poll at a moment, "" for nothing.
func (m *Manager) pollText(c *contest, at poll.Moment) string {
	if at == "" || c.Spec.Quiet || c.native() {
		return ""
	}
	p := c.Poll
	r := p.Result
	if r == nil {
		t := p.Tally()
		r = &t
	}
	if at == momentLive && p.Status == poll.Ended {
		at = poll.MomentEnded
	}
	v := map[string]string{
		"question": p.Question, "options": options(p.Options, p.Standing), "prefix": m.opt.Prefix(c.Session, c.Room),
		"voters": strconv.Itoa(r.Voters), "quorum": strconv.Itoa(p.Quorum), "tag": "", "tagged": "1",
	}
	tag := ""
	if m.several(c) {
		tag = c.Tag
		v["tag"] = " " + strings.ToUpper(c.Tag)
	}
	v["tagged"] = sample(p, tag)
	v["ends"] = m.ends(c, p.Until)
	v["how"] = m.fill(c, "how_"+string(p.Method), v) + m.bySign(c)
	v["standing"] = m.standing(c, r, v)
	v["result"] = m.result(c, r, v)
	return strings.TrimSpace(m.fill(c, string(at), v))
}

// sample is how a vote is written, for the poll of a tag: "1", "b2 1", or by texts "b 10, 2".
func sample(p *poll.Poll, tag string) string {
	word, between := strconv.Itoa, " "
	if !poll.Numbered(p.Options) {
		word, between = func(n int) string { return p.Options[n-1] }, ", "
		if tag != "" {
			tag += " "
		}
	}
	first, second := word(p.Standing[0]), word(p.Standing[1])
	return tag + map[poll.Method]string{poll.Plurality: first, poll.Approval: first + between + second, poll.Ranked: second + between + first}[p.Method]
}

// bySign tells which emoji stand for which options, as " 👍 = 1, 👎 = 2.", where nobody would know.
func (m *Manager) bySign(c *contest) string {
	var list []string
	for i, sign := range m.signs(c) {
		if contains(c.Poll.Standing, i+1) {
			name := strconv.Itoa(i + 1)
			if !poll.Numbered(c.Poll.Options) {
				name = c.Poll.Options[i]
			}
			list = append(list, sign+" = "+name)
		}
	}
	if len(list) == 0 {
		return ""
	}
	return " " + strings.Join(list, ", ") + "."
}

// several reports whether the room has more polls than this one.
func (m *Manager) several(c *contest) bool {
	for _, o := range m.in(c.path()) {
		if o != c && o.Poll != nil {
			return true
		}
	}
	return false
}

func (m *Manager) ends(c *contest, until time.Time) string {
	if until.IsZero() {
		return ""
	}
	return m.fill(c, "ends", map[string]string{"left": short(until.Sub(m.now()))})
}

// short writes a duration to the second: "5m", "1h30m".
func short(d time.Duration) string {
	s := max(d.Round(time.Second), 0).String()
	if strings.HasSuffix(s, "m0s") {
		s = s[:len(s)-2]
	}
	if strings.HasSuffix(s, "h0m") {
		s = s[:len(s)-2]
	}
	return s
}

// options lists "1) tea 2) coffee", of all or of those that stand; "2 | 1 | 10" if they do not go by numbers.
func options(texts []string, standing []int) string {
	var out []string
	for i := range texts {
		if standing == nil || contains(standing, i+1) {
			out = append(out, poll.Label(texts, i+1))
		}
	}
	if poll.Numbered(texts) {
		return strings.Join(out, " ")
	}
	return strings.Join(out, " | ")
}

func contains(list []int, n int) bool {
	for _, x := range list {
		if x == n {
			return true
		}
	}
	return false
}

func (m *Manager) standing(c *contest, r *poll.Result, v map[string]string) string {
	if c.Poll.Hidden && c.Poll.Status != poll.Ended {
		return m.fill(c, "hidden", v)
	}
	var out []string
	for _, n := range c.Poll.Standing {
		out = append(out, poll.Label(c.Poll.Options, n)+": "+number(r.Votes[n-1]))
	}
	return strings.Join(out, ", ")
}

func number(f float64) string { return strconv.FormatFloat(f, 'f', -1, 64) }

func (m *Manager) result(c *contest, r *poll.Result, v map[string]string) string {
	name := map[poll.Decided]string{
		poll.DecidedMost: "won", poll.DecidedLot: "lot", poll.DecidedNot: "tie", poll.DecidedEmpty: "none", poll.DecidedQuorum: "quorum",
	}[r.Decided]
	if r.Winner > 0 {
		v["winner"] = c.Poll.Options[r.Winner-1]
	}
	var first []string
	for _, n := range r.First {
		first = append(first, c.Poll.Options[n-1])
	}
	v["first"] = strings.Join(first, ", ")
	text := m.fill(c, name, v)
	if r.ByNick > 0 {
		text += m.fill(c, "by_nick", v)
	}
	return text
}

// raffleText is what there is to say of a raffle at a moment, "" for nothing.
func (m *Manager) raffleText(c *contest, at raffle.Moment, fx raffle.Effects) string {
	r := c.Raffle
	if c.Spec.Quiet || c.native() && at != raffle.MomentDrawn {
		return ""
	}
	v := map[string]string{
		"prize": r.Prize, "keyword": r.Keyword, "commitment": r.Commitment, "list": r.ListHash, "question": "", "answers": "",
		"entries": strconv.Itoa(r.Entries()), "claim": short(r.Claim), "ends": m.ends(c, r.Until), "id": c.ID,
	}
	if p, err := r.Proof(); err == nil {
		v["proof"] = p.ResultHash
	}
	if r.Question != "" {
		v["question"] = r.Question + " "
	}
	if len(r.Answers) > 0 {
		v["answers"] = " " + options(r.Answers, nil)
	}
	list := r.WinnersNow()
	name := "raffle_" + string(at)
	if at == raffle.MomentDrawn {
		list = fx.Drawn
	} else if at == raffle.MomentEnded && len(list) == 0 {
		name = "raffle_nobody"
	}
	var names []string
	for _, d := range list {
		names = append(names, d.Name)
	}
	v["names"] = strings.Join(names, ", ")
	return strings.TrimSpace(m.fill(c, name, v))
}
