package metric_test

import (
	"fmt"
	"strings"
	"testing"

	"botd/engine"
	"botd/engine/metric"
)

func TestBook(t *testing.T) {
	var b metric.Book
	add := func(script, name string, v float64, observe bool, labels ...string) error {
		p := metric.Point{Name: name, Value: v, Observe: observe, Labels: map[string]string{}}
		for i := 0; i < len(labels); i += 2 {
			p.Labels[labels[i]] = labels[i+1]
		}
		return b.Add(script, p)
	}
	for _, err := range []error{
		add("a", "songs", 1, false, "genre", `r"n'b`), add("a", "songs", 2.5, false, "genre", `r"n'b`), add("b", "songs", 1, false),
		add("a", "wait", 0.02, true), add("a", "wait", 99, true),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	var out strings.Builder
	if err := b.WriteText(&out); err != nil {
		t.Fatal(err)
	}
	const want = `# TYPE botd_script_songs_total counter
botd_script_songs_total{script="a",genre="r\"n'b"} 3.5
botd_script_songs_total{script="b"} 1
# TYPE botd_script_wait histogram
botd_script_wait_bucket{script="a",le="0.005"} 0
botd_script_wait_bucket{script="a",le="0.01"} 0
botd_script_wait_bucket{script="a",le="0.025"} 1
`
	if !strings.HasPrefix(out.String(), want) || !strings.HasSuffix(out.String(), "botd_script_wait_bucket{script=\"a\",le=\"+Inf\"} 2\nbotd_script_wait_sum{script=\"a\"} 99.02\nbotd_script_wait_count{script=\"a\"} 2\n") {
		t.Errorf("got\n%s", &out)
	}
	if err := add("a", "songs", 1, true); engine.CodeOf(err) != engine.Conflict {
		t.Errorf("one name for both: %v", err)
	}
	if err := add("a", "songs", 1, true, "genre", `r"n'b`); engine.CodeOf(err) != engine.Conflict {
		t.Errorf("one series for both: %v", err)
	}
	if b.Forget("a"); len(b.List()) != 1 {
		t.Errorf("left: %+v", b.List())
	}
}

func TestBounds(t *testing.T) {
	var b metric.Book
	for i := range metric.MaxSeries {
		if err := b.Add("a", metric.Point{Name: "n", Labels: map[string]string{"i": fmt.Sprint(i)}}); err != nil {
			t.Fatal(err)
		}
	}
	if err := b.Add("a", metric.Point{Name: "m"}); engine.CodeOf(err) != engine.Quota {
		t.Errorf("too many: %v", err)
	}
	if err := b.Add("b", metric.Point{Name: "m"}); err != nil {
		t.Errorf("another script: %v", err)
	}
	many := map[string]string{}
	for i := range metric.MaxLabels + 1 {
		many[fmt.Sprintf("l%d", i)] = ""
	}
	for name, p := range map[string]metric.Point{
		"name": {Name: "Songs Played"}, "empty": {}, "long": {Name: strings.Repeat("x", 65)}, "less": {Name: "n", Value: -1}, "labels": {Name: "n", Labels: many},
		"label": {Name: "n", Labels: map[string]string{"a b": "x"}}, "reserved": {Name: "n", Labels: map[string]string{"script": "x"}}, "value": {Name: "n", Labels: map[string]string{"a": strings.Repeat("x", 65)}},
	} {
		if err := b.Add("c", p); engine.CodeOf(err) != engine.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
}
