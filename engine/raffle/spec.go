package raffle

import (
	"slices"
	"strings"
	"time"

	"botd/engine"
)

// Bounds of a raffle.
const (
	MaxWinners = 1000
	MaxAnswers = 10
	MaxRerolls = 100  // of each prize
	MaxText    = 1000 // bytes of the prize, the question, each answer and the keyword
	MinClaim   = time.Second
)

// Spec is what a raffle is to be.
type Spec struct {
	Prize       string        `json:"prize"`
	Question    string        `json:"question,omitempty"`
	Answers     []string      `json:"answers,omitempty"` // one of them is right: it is told at the draw
	Keyword     string        `json:"keyword,omitempty"` // what is said to enter
	Length      time.Duration `json:"length,omitempty"`  // 0 until it is closed
	Winners     int           `json:"winners"`           // 1 if 0
	MinMessages int           `json:"min_messages,omitempty"`
	Claim       time.Duration `json:"claim,omitempty"`   // how long who is drawn has to say something; 0: need not
	Reroll      int           `json:"reroll,omitempty"`  // how often each prize is drawn again if nobody claims it
	Exclude     time.Duration `json:"exclude,omitempty"` // who has won so lately may not enter
}

// Check fills what was left out, makes texts UTF-8 and says what is wrong, with code Invalid.
func (s *Spec) Check() error {
	if s.Winners == 0 {
		s.Winners = 1
	}
	s.Prize, s.Question, s.Keyword, s.Answers = valid(s.Prize), valid(s.Question), valid(s.Keyword), slices.Clone(s.Answers)
	for i, a := range s.Answers {
		s.Answers[i] = valid(a)
	}
	switch {
	case engine.Blank(s.Prize):
		return engine.Errorf(engine.Invalid, "a raffle needs a prize")
	case s.Keyword != "" && engine.Blank(s.Keyword):
		return engine.Errorf(engine.Invalid, "nobody can say a keyword of nothing but spaces")
	case s.Winners < 0 || s.Winners > MaxWinners:
		return engine.Errorf(engine.Invalid, "a raffle has 1 to %d winners, not %d", MaxWinners, s.Winners)
	case len(s.Answers) == 1 || len(s.Answers) > MaxAnswers || slices.ContainsFunc(s.Answers, engine.Blank):
		return engine.Errorf(engine.Invalid, "a raffle has 2 to %d answers, or none", MaxAnswers)
	case slices.ContainsFunc(slices.Concat(s.Answers, []string{s.Prize, s.Question, s.Keyword}), func(text string) bool { return len(text) > MaxText }):
		return engine.Errorf(engine.Invalid, "the texts of a raffle have %d bytes at most", MaxText)
	case s.Length < 0 || s.Claim < 0 || s.Exclude < 0 || s.Reroll < 0 || s.MinMessages < 0:
		return engine.Errorf(engine.Invalid, "a duration or number cannot be negative")
	case s.Claim > 0 && s.Claim < MinClaim:
		return engine.Errorf(engine.Invalid, "who is drawn has %s at least to claim the prize, not %s", MinClaim, s.Claim)
	case s.Reroll > MaxRerolls:
		return engine.Errorf(engine.Invalid, "a prize is drawn again %d times at most, not %d", MaxRerolls, s.Reroll)
	}
	for i, a := range s.Answers {
		if slices.ContainsFunc(s.Answers[:i], func(b string) bool { return engine.SameWords(a, b) }) {
			return engine.Errorf(engine.Invalid, "answer %q is there twice", a)
		}
	}
	return nil
}

// valid makes a text what it is once it was written as JSON: hashes are of that.
func valid(s string) string { return strings.ToValidUTF8(s, "\ufffd") }
