// Package metric keeps what scripts count and measure, within bounds, and writes it in
// the text format of Prometheus.
package metric

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"maps"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"botd/engine"
)

// Point is one thing to count or to measure.
type Point struct {
	Name    string
	Labels  map[string]string
	Value   float64
	Observe bool // a measurement, else something to add
}

// Bounds of what one script may keep.
const (
	MaxSeries = 500
	MaxLabels = 5
	MaxValue  = 64 // bytes of the value of a label
	maxName   = 64
)

// buckets are the upper bounds that measurements are sorted by, those that are usual for
// seconds.
var buckets = []float64{.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10}

var name = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)

// Check tells what is wrong with a point; the error has code Invalid, and as Op the part that is
// wrong: name, value or labels.
func Check(p Point) error {
	if part, problem := faultOf(p); problem != "" {
		return &engine.Error{Code: engine.Invalid, Op: part, Msg: problem}
	}
	return nil
}

func faultOf(p Point) (part, problem string) {
	if !name.MatchString(p.Name) || len(p.Name) > maxName {
		return "name", fmt.Sprintf("expected up to %d small letters, digits and _, such as songs_played, got %q", maxName, clip(p.Name))
	}
	if !p.Observe && p.Value < 0 {
		return "value", fmt.Sprintf("a count only grows, got %g", p.Value)
	}
	if len(p.Labels) > MaxLabels {
		return "labels", fmt.Sprintf("more than %d", MaxLabels)
	}
	for k, v := range p.Labels {
		switch {
		case !name.MatchString(k) || len(k) > maxName || k == "script" || k == "le":
			return "labels", fmt.Sprintf("%q is no name for a label", clip(k))
		case len(v) > MaxValue:
			return "labels", fmt.Sprintf("%s is longer than %d bytes", k, MaxValue)
		}
	}
	return "", ""
}

func clip(s string) string { return s[:min(len(s), 40)] }

// Series is what became of the points with one name and the same labels.
type Series struct {
	Script string            `json:"script"`
	Name   string            `json:"name"`
	Labels map[string]string `json:"labels,omitempty"`
	// Of a count, the sum.
	Value float64 `json:"value,omitempty"`
	// Of measurements, how many, their sum, and how many were at most each bucket's bound.
	Count   uint64   `json:"count,omitempty"`
	Sum     float64  `json:"sum,omitempty"`
	Buckets []uint64 `json:"-"`

	key string
}

// Book keeps the series of all scripts. The zero value is ready.
type Book struct {
	mu sync.Mutex
	of map[string]map[string]*Series // by script and key
}

// Add takes a point of a script. Error codes: Invalid, Quota when the script has too many series,
// Conflict if the name stands for the other kind.
func (b *Book) Add(script string, p Point) error {
	if err := Check(p); err != nil {
		return err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.of == nil {
		b.of = map[string]map[string]*Series{}
	}
	mine := b.of[script]
	if mine == nil {
		mine = map[string]*Series{}
		b.of[script] = mine
	}
	key := keyOf(p)
	s := mine[key]
	if s == nil {
		for _, other := range mine {
			if other.Name == p.Name && (other.Buckets != nil) != p.Observe {
				return engine.Errorf(engine.Conflict, "%s is counted and measured; use two names", p.Name)
			}
		}
		if len(mine) >= MaxSeries {
			return engine.Errorf(engine.Quota, "more than %d combinations of names and labels; a label must not be a name or a text of somebody", MaxSeries)
		}
		s = &Series{Script: script, Name: p.Name, Labels: maps.Clone(p.Labels), key: key}
		if p.Observe {
			s.Buckets = make([]uint64, len(buckets))
		}
		mine[key] = s
	}
	if (s.Buckets != nil) != p.Observe {
		return engine.Errorf(engine.Conflict, "%s is counted and measured; use two names", p.Name)
	}
	s.take(p.Value)
	return nil
}

func (s *Series) take(v float64) {
	if s.Buckets == nil {
		s.Value = bounded(s.Value + v)
		return
	}
	s.Count++
	s.Sum = bounded(s.Sum + v)
	for i, bound := range buckets {
		if v <= bound {
			s.Buckets[i]++
		}
	}
}

// bounded keeps a sum of very large numbers a number that JSON can hold.
func bounded(sum float64) float64 { return max(-math.MaxFloat64, min(math.MaxFloat64, sum)) }

func keyOf(p Point) string {
	var b strings.Builder
	b.WriteString(p.Name)
	for _, k := range slices.Sorted(maps.Keys(p.Labels)) {
		fmt.Fprintf(&b, "\x00%s\x00%s", k, p.Labels[k])
	}
	return b.String()
}

// Forget drops what a script has counted.
func (b *Book) Forget(script string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.of, script)
}

// List returns copies of all series, by name, kind, script and labels.
func (b *Book) List() []Series {
	b.mu.Lock()
	out := []Series{}
	for _, mine := range b.of {
		for _, s := range mine {
			c := *s
			c.Buckets = slices.Clone(s.Buckets)
			out = append(out, c)
		}
	}
	b.mu.Unlock()
	slices.SortFunc(out, func(a, b Series) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(len(a.Buckets), len(b.Buckets)), cmp.Compare(a.Script, b.Script), cmp.Compare(a.key, b.key))
	})
	return out
}

// WriteText writes all series in the text format 0.0.4 of Prometheus, names with the
// prefix botd_script_.
func (b *Book) WriteText(out io.Writer) error {
	w := bufio.NewWriter(out)
	last := ""
	for _, s := range b.List() {
		full, kind := "botd_script_"+s.Name, "histogram"
		if s.Buckets == nil {
			full, kind = strings.TrimSuffix(full, "_total")+"_total", "counter"
		}
		if full != last {
			fmt.Fprintf(w, "# TYPE %s %s\n", full, kind)
			last = full
		}
		if s.Buckets == nil {
			fmt.Fprintf(w, "%s%s %s\n", full, s.labels(""), number(s.Value))
			continue
		}
		for i, bound := range buckets {
			fmt.Fprintf(w, "%s_bucket%s %d\n", full, s.labels(number(bound)), s.Buckets[i])
		}
		fmt.Fprintf(w, "%s_bucket%s %d\n%s_sum%s %s\n%s_count%s %d\n", full, s.labels("+Inf"), s.Count, full, s.labels(""), number(s.Sum), full, s.labels(""), s.Count)
	}
	return w.Flush()
}

var escape = strings.NewReplacer(`\`, `\\`, "\n", `\n`, `"`, `\"`)

func (s *Series) labels(le string) string {
	parts := []string{`script="` + escape.Replace(s.Script) + `"`}
	for _, k := range slices.Sorted(maps.Keys(s.Labels)) {
		parts = append(parts, k+`="`+escape.Replace(strings.ToValidUTF8(s.Labels[k], "�"))+`"`)
	}
	if le != "" {
		parts = append(parts, `le="`+le+`"`)
	}
	return "{" + strings.Join(parts, ",") + "}"
}

func number(f float64) string { return strconv.FormatFloat(f, 'g', -1, 64) }
