package contest

import (
	"slices"
	"strconv"
	"strings"

	"botd/engine"
	"botd/engine/poll"
)

// spoken is a line of chat that may be a vote.
type spoken struct {
	text     string
	explicit bool // it began with the command
}

// hear cuts the command off a line: "!vote 2" and "2" say the same, but who writes the
// first wants an answer.
func hear(text, prefix string) spoken {
	text = strings.TrimSpace(text)
	if prefix != "" && len(text) >= len(prefix) && text[:len(prefix)] == prefix {
		word, rest, _ := strings.Cut(text[len(prefix):], " ")
		if strings.EqualFold(word, "vote") {
			return spoken{strings.TrimSpace(rest), true}
		}
		return spoken{}
	}
	return spoken{text, false}
}

// maxVote is the longest line that is looked at.
const maxVote = 1000

// choose finds what a line chooses in a poll: the numbers of options, or their texts,
// several with commas, spaces or > between them where several may be chosen. With a tag
// before it, as in "b2", it is for the poll of that tag. meant reports whether the line can be a vote in this poll at all.
func choose(s spoken, p *poll.Poll, tag string) (choices []int, meant bool, err error) {
	text := s.text
	if text == "" || len(text) > maxVote {
		return nil, false, nil
	}
	if i := optionOf(text, p.Options); i > 0 {
		return []int{i}, true, nil
	}
	if rest, ok := cutTag(text, tag); ok {
		text = rest
	}
	if i := optionOf(text, p.Options); i > 0 {
		return []int{i}, true, nil
	}
	if said, ok := numbers(text); ok {
		return chooseNumbers(said, p)
	}
	if p.Method == poll.Plurality {
		return nil, false, nil
	}
	for _, part := range strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == '>' }) {
		i := optionOf(part, p.Options)
		if i == 0 {
			return nil, false, nil
		}
		choices = append(choices, i)
	}
	return choices, len(choices) > 0, nil
}

// chooseNumbers finds the options that numbers stand for, and says what is wrong with them.
func chooseNumbers(said []int, p *poll.Poll) (choices []int, meant bool, err error) {
	if len(said) > 1 && p.Method == poll.Plurality {
		return nil, false, nil
	}
	for _, n := range said {
		c := poll.Choice(p.Options, n)
		if !slices.Contains(p.Standing, c) {
			return nil, false, engine.Errorf(engine.Invalid, "there is no option %d; there are %s", n, standing(p))
		}
		choices = append(choices, c)
	}
	return choices, true, nil
}

// standing lists what can be voted for, by numbers if options have them.
func standing(p *poll.Poll) string {
	out := make([]string, len(p.Standing))
	for i, n := range p.Standing {
		if out[i] = strconv.Itoa(n); !poll.Numbered(p.Options) {
			out[i] = p.Options[n-1]
		}
	}
	return strings.Join(out, ", ")
}

// numbers reads "2", "1 3", "1,3" and "2 > 1 > 3".
func numbers(text string) (list []int, ok bool) {
	for _, part := range strings.FieldsFunc(text, func(r rune) bool { return r == ' ' || r == ',' || r == '>' }) {
		n, err := strconv.Atoi(strings.TrimPrefix(part, "#"))
		if err != nil || n < 0 || part[0] == '+' {
			return nil, false
		}
		list = append(list, n)
	}
	return list, len(list) > 0
}

// cutTag takes the tag of a poll off "b2" and "b 2".
func cutTag(text, tag string) (rest string, ok bool) {
	if tag == "" || len(text) <= len(tag) || !strings.EqualFold(text[:len(tag)], tag) {
		return text, false
	}
	rest = strings.TrimLeft(text[len(tag):], " :")
	return rest, rest != "" && (rest[0] >= '0' && rest[0] <= '9' || rest != text[len(tag):])
}

// optionOf finds an option by its text, in any case; 0 if there is none.
func optionOf(text string, options []string) int {
	return 1 + slices.IndexFunc(options, func(o string) bool { return engine.SameWords(text, o) })
}

// keycap reads the emoji of a digit, with or without the mark of a key, and 🔟.
func keycap(emoji string) int {
	if emoji == "🔟" {
		return 10
	}
	digit := strings.TrimRight(emoji, "\ufe0f\u20e3")
	if len(digit) == 1 && digit[0] >= '1' && digit[0] <= '9' {
		return int(digit[0] - '0')
	}
	return 0
}
