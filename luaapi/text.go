package luaapi

import (
	"html"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/runes"
	"golang.org/x/text/transform"
	"golang.org/x/text/unicode/norm"

	"botd/engine"
	"botd/engine/script"
)

// text works on texts as people see them. Lua's own string module works on bytes.
var textModule = script.Module{Name: "text", Pure: true, Members: []script.Member{
	script.Plain("fold", textFold), script.Plain("distance", textDistance), script.Plain("truncate", textTruncate),
	script.Plain("split", textSplit), script.Plain("tpl", textTpl), script.Plain("plural", textPlural),
	script.Plain("escape", textEscape), script.Plain("table", textTable),
}}

// maxFold bounds what is taken apart into letters and accents: that is slow, and some
// characters become eighteen.
const maxFold = 64 << 10

// textFold makes texts that people take for the same the same: no case, no accents, no
// special forms of letters, no white space at the ends. "Ångström" becomes "angstrom".
func textFold(c *script.Call, a textArgs) string {
	if len(a.Text) > maxFold {
		c.BadArg("text", "longer than %d KiB", maxFold>>10)
	}
	c.Charge(1 + len(a.Text)*4)
	t := transform.Chain(norm.NFKD, runes.Remove(runes.In(unicode.Mn)), cases.Fold(), norm.NFC)
	folded, _, err := transform.String(t, strings.ToValidUTF8(a.Text, "\uFFFD"))
	if err != nil {
		return strings.ToLower(a.Text)
	}
	return strings.TrimSpace(folded)
}

type distanceArgs struct {
	A string `lua:"a"`
	B string `lua:"b"`
}

// textDistance is how many letters must be changed, added or left out to make one text
// of the other.
func textDistance(c *script.Call, a distanceArgs) int {
	c.Charge(1 + len(a.A)/16 + len(a.B)/16)
	s, t := []rune(a.A), []rune(a.B)
	row := make([]int, len(t)+1)
	for j := range row {
		row[j] = j
	}
	for i, r := range s {
		c.Charge(1 + len(t)/16) // row by row, so that the limit on time ends it too
		diagonal := row[0]
		row[0] = i + 1
		for j, q := range t {
			change := diagonal
			if r != q {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(t)]
}

type unit string

func (unit) Values() []string { return []string{"runes", "bytes", "utf16"} }

func (u unit) engine() engine.Unit {
	var out engine.Unit
	if u != "" {
		_ = out.UnmarshalText([]byte(u)) // its values are those of the type
	}
	return out
}

type truncateArgs struct {
	Text string `lua:"text"`
	Max  int    `lua:"max"`           // how long it may be
	Unit unit   `lua:"unit,optional"` // what max counts: runes (characters) if not given
}

// textTruncate cuts a text that is too long and ends it with "…".
func textTruncate(c *script.Call, a truncateArgs) string {
	c.Charge(1 + len(a.Text)/16)
	u := a.Unit.engine()
	if a.Max < 0 {
		c.BadArg("max", "expected a number of 0 or more, got %d", a.Max)
	}
	if u.Count(a.Text) <= a.Max {
		return a.Text
	}
	room := a.Max - u.Count("…")
	if room < 0 {
		return ""
	}
	used, end := 0, 0
	for end < len(a.Text) {
		_, size := utf8.DecodeRuneInString(a.Text[end:])
		n := u.Count(a.Text[end : end+size])
		if used+n > room {
			break
		}
		used, end = used+n, end+size
	}
	return strings.TrimRightFunc(a.Text[:end], unicode.IsSpace) + "…"
}

type splitArgs struct {
	Text string `lua:"text"`
	Max  int    `lua:"max"`           // how long each part may be
	Unit unit   `lua:"unit,optional"` // what max counts: runes (characters) if not given
}

// textSplit cuts a text into parts, at the ends of lines and words where it can.
func textSplit(c *script.Call, a splitArgs) []string {
	if a.Max < 1 {
		c.BadArg("max", "expected a number above 0, got %d", a.Max)
	}
	c.Charge(1 + len(a.Text)/8 + 2*len(a.Text)/a.Max)
	return engine.Split(a.Text, engine.Limit{Max: a.Max, Unit: a.Unit.engine()})
}

type tplArgs struct {
	Template string       `lua:"template"` // with names in braces: "Hi {name}", "{user.name} won"
	Values   script.Value `lua:"values"`   // a table or an object
}

var placeholder = regexp.MustCompile(`\{\{|\{([A-Za-z_]\w*(?:\.\w+)*)\}`)

// textTpl fills names in braces with values. A name without a value stays as it is,
// so that one sees it; "{{" makes a "{".
func textTpl(c *script.Call, a tplArgs) string {
	if !a.Values.IsTable() && a.Values.Object() == nil {
		c.BadArg("values", "%s", script.Expected("a table or an object", a.Values))
	}
	return fillIn(c, a.Template, a.Values)
}

// fillIn is textTpl with values that may be nil.
func fillIn(c *script.Call, template string, values script.Value) string {
	c.Charge(1 + len(template)/4)
	var b strings.Builder
	held := 0
	defer func() { c.Hold(-held) }()
	rest := template
	for {
		at := placeholder.FindStringIndex(rest)
		if at == nil {
			b.WriteString(rest)
			return b.String()
		}
		b.WriteString(rest[:at[0]])
		value := fill(c, rest[at[0]:at[1]], values)
		if b.Len()+len(value) > maxText {
			c.Misuse("the result would be longer than %d bytes", maxText)
		}
		c.Charge(10 + len(value)/64)
		b.WriteString(value)
		c.Hold(b.Cap() - held)
		held = b.Cap()
		rest = rest[at[1]:]
	}
}

// maxText bounds what is put together from parts.
const maxText = 1 << 20

// fill is the value for a name in braces, or the name itself.
func fill(c *script.Call, name string, v script.Value) string {
	if name == "{{" {
		return "{"
	}
	for key := range strings.SplitSeq(name[1:len(name)-1], ".") {
		if v.IsNil() {
			break
		}
		v = c.Index(v, key)
	}
	if v.IsNil() {
		return name
	}
	return c.Text(v)
}

type pluralArgs struct {
	N    float64 `lua:"n"`
	One  string  `lua:"one"`           // the word for one: "vote"
	Many string  `lua:"many,optional"` // for any other number; with an "s" if not given
}

// textPlural is a number with its word: "1 vote", "3 votes".
func textPlural(c *script.Call, a pluralArgs) string {
	word := a.One
	if a.N != 1 {
		if word = a.Many; word == "" {
			word = a.One + "s"
		}
	}
	return c.Text(c.ToLua(a.N)) + " " + word
}

type escapeWay string

func (escapeWay) Values() []string { return []string{"pattern", "html", "line"} }

type escapeArgs struct {
	Text string    `lua:"text"`
	For  escapeWay `lua:"way,optional"` // "pattern" (if not given), "html" or "line"
}

const patternMagic = "^$()%.[]*+-?"

// textEscape makes a text of somebody else harmless: in a Lua pattern, where it then
// stands for itself; in HTML; or in a line of chat, where it loses line breaks and
// control characters.
func textEscape(c *script.Call, a escapeArgs) string {
	c.Charge(1 + len(a.Text)/8)
	switch a.For {
	case "html":
		return html.EscapeString(a.Text)
	case "line":
		words := strings.FieldsFunc(strings.ToValidUTF8(a.Text, ""), func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) })
		return strings.Join(words, " ")
	}
	var b strings.Builder
	for rest := a.Text; ; {
		i := strings.IndexAny(rest, patternMagic)
		if i < 0 {
			b.WriteString(rest)
			return b.String()
		}
		b.WriteString(rest[:i] + "%" + rest[i:i+1])
		rest = rest[i+1:]
	}
}

type textTableArgs struct {
	Rows [][]script.Value `lua:"rows"`          // lists of cells
	Opts textTableOpts    `lua:"opts,optional"` // how to draw it
}

type textTableOpts struct {
	Header []string `lua:"header,optional"` // names of the columns
	Sep    *string  `lua:"sep,optional"`    // between two columns; two spaces if not given
}

// textTable lines cells up in columns, for networks that show text in a fixed width.
// Numbers stand at the right of their column.
func textTable(c *script.Call, a textTableArgs) string {
	t := tableText{c: c, sep: "  "}
	defer func() { c.Hold(-t.held) }()
	if a.Opts.Sep != nil {
		t.sep = *a.Opts.Sep
	}
	if a.Opts.Header != nil {
		t.row(a.Opts.Header, make([]bool, len(a.Opts.Header)))
	}
	for _, values := range a.Rows {
		cells, numeric := make([]string, len(values)), make([]bool, len(values))
		for i, v := range values {
			cells[i] = c.Text(v)
			t.count(len(cells[i]))
			_, numeric[i] = v.AsNumber()
		}
		t.row(cells, numeric)
	}
	return t.draw()
}

// tableText is a table being drawn.
type tableText struct {
	c       *script.Call
	sep     string
	rows    [][]string
	numeric [][]bool
	widths  []int // of the columns, in characters
	size    int   // bytes of all cells
	held    int
}

// count accounts for a cell of n bytes.
func (t *tableText) count(n int) {
	const cell = 40 // bytes besides the text
	t.c.Charge(2 + n/64)
	t.c.Hold(n + cell)
	t.held += n + cell
	if t.size += n; t.size > maxText {
		t.c.Misuse("the table would be longer than %d bytes", maxText)
	}
}

func (t *tableText) row(cells []string, numeric []bool) {
	for i, cell := range cells {
		if i == len(t.widths) {
			t.widths = append(t.widths, 0)
		}
		t.widths[i] = max(t.widths[i], utf8.RuneCountInString(cell))
	}
	t.rows, t.numeric = append(t.rows, cells), append(t.numeric, numeric)
}

func (t *tableText) draw() string {
	line := 0
	for _, w := range t.widths {
		line += w + len(t.sep)
	}
	if line*len(t.rows) > 4*maxText { // lines may be shorter than that
		t.c.Misuse("the table would be longer than %d bytes", maxText)
	}
	t.c.Charge(1 + line*len(t.rows)/64)
	var b strings.Builder
	for n, cells := range t.rows {
		if n > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(strings.TrimRight(t.line(cells, t.numeric[n]), " "))
	}
	return b.String()
}

func (t *tableText) line(cells []string, numeric []bool) string {
	padded := make([]string, len(cells))
	for i, cell := range cells {
		pad := strings.Repeat(" ", t.widths[i]-utf8.RuneCountInString(cell))
		if padded[i] = cell + pad; numeric[i] {
			padded[i] = pad + cell
		}
	}
	return strings.Join(padded, t.sep)
}
