package host

import (
	"errors"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"botd/engine"
	"botd/engine/config"
	"botd/engine/i18n"
	"botd/engine/script"
)

// Texts of a plugin are in its folder i18n, those of a script in scripts/i18n/NAME: a file
// for each language, "en.yaml".
const (
	i18nDir  = "i18n"
	textsExt = ".yaml"
)

// catalogueOf is the script that a file holds texts of, "" if it holds none.
func catalogueOf(cfg *config.Config, file string) string {
	rel, err := filepath.Rel(filepath.Join(cfg.ScriptsDir, i18nDir), file)
	if err != nil || !filepath.IsLocal(rel) {
		return ""
	}
	name, base, ok := strings.Cut(filepath.ToSlash(rel), "/")
	if !ok || strings.Contains(base, "/") || path.Ext(base) != textsExt {
		return ""
	}
	return name
}

// textsOf reads the texts of a script. One that has none speaks of time in the language of
// the room all the same. Errors are faults of the script, with file and line.
func textsOf(cfg *config.Config, name, dir string) (*i18n.Texts, error) {
	files, err := filepath.Glob(filepath.Join(dir, "*"+textsExt))
	if err != nil {
		return nil, err
	}
	t := &i18n.Texts{Default: cfg.Language.Default, Languages: map[string]i18n.Catalogue{}}
	for _, r := range cfg.Language.Rooms {
		t.Rooms = append(t.Rooms, i18n.RoomLanguage{Room: r.Room, Language: r.Language})
	}
	for _, file := range files {
		tag := strings.TrimSuffix(filepath.Base(file), textsExt)
		c, err := catalogue(file, tag)
		if err != nil {
			return nil, textFaults(name, file, err)
		}
		t.Languages[tag] = c
	}
	return t, nil
}

const maxTextsFile = 1 << 20

// catalogue reads the texts of one language.
func catalogue(file, tag string) (i18n.Catalogue, error) {
	if err := i18n.CheckTag(tag); err != nil {
		return nil, err
	}
	if info, err := os.Stat(file); err != nil || !info.Mode().IsRegular() || info.Size() > maxTextsFile {
		return nil, engine.Errorf(engine.Invalid, "want a file of at most %d KiB", maxTextsFile>>10)
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	tree := map[string]any{}
	doc, err := config.Decode(file, data, &tree)
	if err != nil {
		return nil, err
	}
	c, at, err := i18n.Parse(tree)
	if err != nil {
		return nil, doc.Errorf(at, "%s: %s", at, engine.AsError(err).Msg)
	}
	return c, nil
}

// textFaults makes what is wrong with a file of texts faults of its script.
func textFaults(name, file string, err error) error {
	if err := manifestFaults(name, err); len(FaultsOf(err)) > 0 {
		for _, f := range FaultsOf(err) {
			f.File = path.Join(name, i18nDir, filepath.Base(file))
		}
		return err
	}
	return errors.Join(&Fault{Script: name, Load: true, File: path.Join(name, i18nDir, filepath.Base(file)), Line: 1, Msg: engine.AsError(err).Msg})
}

// secretsOf are the secrets that a script may have; nil without the grant.
func secretsOf(entry config.Script, without engine.GrantSet) map[string]string {
	set := without
	if entry.Grants != nil {
		set, _, _ = grants(entry) // they have been checked
	}
	if !set.Has(engine.GrantSecrets) {
		return nil
	}
	return entry.RevealedSecrets()
}

// masks keep secrets of scripts out of logs.
type masks struct {
	mu sync.Mutex
	by map[string]mask
}

// mask hides what must not be shown.
type mask struct{ *strings.Replacer }

func (m *masks) set(name string, secrets []string) {
	r := script.Mask(secrets)
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.by == nil {
		m.by = map[string]mask{}
	}
	if delete(m.by, name); r != nil {
		m.by[name] = mask{r}
	}
}

func (m *masks) of(script string) mask {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.by[script]
}

func (m mask) text(s string) string {
	if m.Replacer == nil {
		return s
	}
	return m.Replace(s)
}

// fields masks plain data.
func (m mask) fields(f map[string]any) map[string]any {
	if m.Replacer == nil || f == nil {
		return f
	}
	return m.plain(f).(map[string]any)
}

func (m mask) plain(v any) any {
	switch v := v.(type) {
	case string:
		return m.text(v)
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = m.plain(v[i])
		}
		return out
	case map[string]any:
		out := make(map[string]any, len(v))
		for k, item := range v {
			out[m.text(k)] = m.plain(item)
		}
		return out
	}
	return v
}

// fault masks what an error of a script says.
func (m mask) fault(e *script.Error) *script.Error {
	if m.Replacer == nil {
		return e
	}
	c := *e
	c.Msg, c.Hint = m.text(c.Msg), m.text(c.Hint)
	c.Trace = append([]string(nil), c.Trace...)
	for i := range c.Trace {
		c.Trace[i] = m.text(c.Trace[i])
	}
	c.Excerpt = slices.Clone(c.Excerpt)
	for i := range c.Excerpt {
		c.Excerpt[i].Text = m.text(c.Excerpt[i].Text)
	}
	return &c
}

// problems masks why scripts do not run.
func (m *masks) problems(list []script.Status) []script.Status {
	for i := range list {
		list[i].Problem = m.of(list[i].Name).text(list[i].Problem)
	}
	return list
}
