package luaapi

import (
	"fmt"
	"math"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"botd/engine"
	"botd/engine/script"
)

// yaml reads what people write by hand.
var yamlModule = script.Module{Name: "yaml", Pure: true, Members: []script.Member{script.Fn("decode", yamlDecode)}}

// maxYAML bounds a document: it takes far more memory to read than its text has bytes.
const maxYAML = 256 << 10

// yamlCost is how many bytes the package takes for each byte of a document, as measured
// with short values in lists.
const yamlCost = 130

// yamlDecode reads a YAML document. Keys become texts, a null becomes json.null, a date a
// text.
func yamlDecode(c *script.Call, a textArgs) (script.Value, error) {
	if len(a.Text) > maxYAML {
		return script.Value{}, engine.Errorf(engine.Quota, "too much YAML: %d KiB at most", maxYAML>>10)
	}
	c.Charge(10 + 2*len(a.Text))
	c.Hold(yamlCost * len(a.Text))
	defer c.Hold(-yamlCost * len(a.Text))
	var v any
	if err := yaml.Unmarshal([]byte(a.Text), &v); err != nil {
		return script.Value{}, engine.Errorf(engine.Invalid, "%s", strings.TrimPrefix(err.Error(), "yaml: "))
	}
	p := plainer{c: c}
	plain, err := p.plain(v, 0)
	if err != nil {
		return script.Value{}, err
	}
	return c.PlainToLua(plain, true), nil
}

// plainer turns what the YAML package makes into plain data. It counts: with aliases a
// short document stands for many values.
type plainer struct {
	c      *script.Call
	values int
}

func (p *plainer) plain(v any, depth int) (any, error) {
	p.c.Charge(2)
	if p.values++; p.values > maxJSONValues || depth > maxJSONDepth {
		return nil, engine.Errorf(engine.Quota, "too much YAML: at most %d values, %d deep", maxJSONValues, maxJSONDepth)
	}
	switch v := v.(type) {
	case map[string]any:
		return table(p, v, depth)
	case map[any]any:
		return table(p, v, depth)
	case []any:
		out := make([]any, len(v))
		for i := range v {
			var err error
			if out[i], err = p.plain(v[i], depth+1); err != nil {
				return nil, err
			}
		}
		return out, nil
	}
	return scalar(v), nil
}

func table[K comparable](p *plainer, from map[K]any, depth int) (any, error) {
	out := make(map[string]any, len(from))
	for key, value := range from {
		plain, err := p.plain(value, depth+1)
		if err != nil {
			return nil, err
		}
		name := "null"
		if k := scalar(key); k != nil {
			name = fmt.Sprint(k)
		}
		out[name] = plain
	}
	return out, nil
}

func scalar(v any) any {
	switch v := v.(type) {
	case int:
		return float64(v)
	case int64:
		return float64(v)
	case uint64:
		return float64(v)
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return fmt.Sprint(v)
		}
	case time.Time:
		if v.Equal(v.Truncate(24 * time.Hour)) {
			return v.Format(time.DateOnly)
		}
		return v.Format(time.RFC3339Nano)
	}
	return v
}
