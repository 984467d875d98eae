package rehearse

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"botd/engine"
	"botd/engine/enginetest"
	"botd/engine/script"
)

// Options say what is run, and how. Adapters, Library, Tests and ScriptsDir must be set.
type Options struct {
	Adapters   []engine.Adapter // whose abilities rooms can have
	Library    *script.Library  // what scripts find
	Tests      *script.Library  // what tests find, as [Library] makes it
	Version    string
	ScriptsDir string
	PluginsDir string
	Run        *regexp.Regexp // runs only cases whose name, or "file: name", matches; all if nil
	Seed       uint64         // all chance follows from it
	Chaos      bool           // lines come late and twice, connections break, scripts are saved
	Timeout    time.Duration  // the longest a case may take, of real time; 30 s if 0
	// Begin and Done, if not nil, are told of each case.
	Begin func(file, name string)
	Done  func(Result)
	// Used, if not nil, is told after each file what it and the scripts of its cases are made of.
	Used func(file string, paths []string)
}

// Result is what became of a case.
type Result struct {
	File     string        `json:"file"`
	Name     string        `json:"name"` // "" if the file itself did not load
	Line     int           `json:"line,omitempty"`
	Steps    int           `json:"steps"`
	Duration time.Duration `json:"duration"` // ns of real time
	Failure  *Failure      `json:"failure,omitempty"`
}

// Failure says why a case failed.
type Failure struct {
	*script.Error
	// Detail has lines with more: a difference, or where a script failed.
	Detail string   `json:"detail,omitempty"`
	Chaos  []string `json:"chaos,omitempty"` // what happened between the steps
	Output []string `json:"output,omitempty"`
}

// Summary counts what became of all cases.
type Summary struct {
	Files    int           `json:"files"`
	Cases    int           `json:"cases"`
	Failed   int           `json:"failed"`
	Steps    int           `json:"steps"`
	Duration time.Duration `json:"duration"`
	Seed     uint64        `json:"seed"`
	Chaos    bool          `json:"chaos,omitempty"`
	Results  []Result      `json:"results"`
}

// suffix is how the names of test files end.
const suffix = "_test.lua"

// Find lists the test files: those given, those in the folders given, or without any those of
// all scripts and plugins. An error has code NotFound.
func (o *Options) Find(paths []string) ([]string, error) {
	if len(paths) == 0 {
		files, _ := filepath.Glob(filepath.Join(o.ScriptsDir, "tests", "*"+suffix))
		plugins, _ := filepath.Glob(filepath.Join(o.PluginsDir, "*", "tests", "*"+suffix))
		return append(files, plugins...), nil
	}
	var files []string
	for _, path := range paths {
		fi, err := os.Stat(path)
		if err != nil {
			return nil, engine.Errorf(engine.NotFound, "test %s: %w", path, err)
		}
		if !fi.IsDir() {
			files = append(files, path)
			continue
		}
		err = filepath.WalkDir(path, func(name string, d os.DirEntry, err error) error {
			if err == nil && !d.IsDir() && strings.HasSuffix(name, suffix) {
				files = append(files, name)
			}
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	slices.Sort(files)
	return slices.Compact(files), nil
}

// Files runs the cases of test files, one after another, until ctx ends.
func Files(ctx context.Context, o Options, files []string) (Summary, error) {
	if o.Timeout <= 0 {
		o.Timeout = 30 * time.Second
	}
	r := &run{opt: &o, sum: Summary{Seed: o.Seed, Chaos: o.Chaos, Results: []Result{}}}
	begin := time.Now()
	for _, file := range files {
		if err := ctx.Err(); err != nil {
			return r.sum, err
		}
		if err := r.file(ctx, file); err != nil {
			return r.sum, err
		}
	}
	r.sum.Duration = time.Since(begin)
	return r.sum, nil
}

// run runs files.
type run struct {
	opt *Options
	sum Summary
}

// testFile is a file with cases, and the [script.Door] of its VM. Its VM alone uses it while a
// case runs.
type testFile struct {
	script.Door // nothing of it is used: the modules of tests have no way out

	run   *run
	path  string
	clock *fileClock
	cases []*scenario

	// Of the case that runs.
	detail string
	fault  *script.Error
	output []string
	pages  []script.Func // answer requests

	uses []string // of the cases that have run
}

// scenario is a case that a file has.
type scenario struct {
	file  *testFile
	name  string
	line  int
	start func(begin func() bool, end func(bool), args ...any)
}

// fileClock is the time as tests see it: that of the case that runs.
type fileClock struct {
	engine.SystemClock
	now *enginetest.Clock
}

func (c *fileClock) Now() time.Time {
	if c.now == nil {
		return epoch
	}
	return c.now.Now()
}

func fileOf(c *script.Call) *testFile { return c.Door().(*testFile) }

// Rand has chance in tests be the same each time.
func (f *testFile) Rand() uint64 { return f.run.opt.Seed }

// Log keeps what a test prints, to show it if it fails.
func (f *testFile) Log(_ script.Origin, _, msg string, _ map[string]any) {
	f.output = append(f.output, msg)
}

// file runs the cases of one file.
func (r *run) file(ctx context.Context, path string) error {
	code, err := os.ReadFile(path)
	if err != nil {
		return engine.Errorf(engine.NotFound, "test %s: %w", path, err)
	}
	r.sum.Files++
	f := &testFile{run: r, path: filepath.ToSlash(path), clock: &fileClock{}}
	m := script.NewManager(script.Options{
		Log: slog.New(slog.DiscardHandler), Clock: f.clock, Door: f, Library: r.opt.Tests, ShowAll: true,
		Report: func(e *script.Error) {
			if f.fault == nil {
				f.fault = e
			}
		},
	})
	running, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- m.Run(running) }()
	defer func() { stop(); <-ended }()
	defer func() {
		if r.opt.Used != nil {
			r.opt.Used(path, append(f.uses, m.Uses()...))
		}
	}()
	begin := time.Now()
	if err := m.Load(ctx, r.source(f, code)); err != nil {
		r.done(Result{File: f.path, Duration: time.Since(begin), Failure: f.failure(nil)})
		return nil
	}
	for _, s := range f.cases {
		if r.wants(s) && ctx.Err() == nil {
			r.runCase(s)
		}
	}
	return ctx.Err()
}

func (r *run) source(f *testFile, code []byte) script.Source {
	return script.Source{
		Name: strings.TrimSuffix(filepath.Base(f.path), ".lua"), File: f.path, Code: code, Reason: "start",
		Roots:  []string{filepath.Dir(f.path), r.opt.ScriptsDir, filepath.Join(r.opt.ScriptsDir, "lib")},
		Limits: script.Limits{HandlerTime: r.opt.Timeout, LoadTime: r.opt.Timeout},
	}
}

func (r *run) wants(s *scenario) bool {
	re := r.opt.Run
	return re == nil || re.MatchString(s.name) || re.MatchString(s.file.path+": "+s.name)
}

// runCase runs a case in a world of its own.
func (r *run) runCase(s *scenario) {
	f := s.file
	f.detail, f.fault, f.output, f.pages = "", nil, nil, nil
	if r.opt.Begin != nil {
		r.opt.Begin(f.path, s.name)
	}
	begin := time.Now()
	res := Result{File: f.path, Name: s.name, Line: s.line}
	w, err := newWorld(r.opt, seedOf(r.opt.Seed, s.name))
	if err == nil {
		f.clock.now = w.clock
		f.play(s, w)
		res.Steps = w.steps
		f.uses = append(f.uses, w.uses()...)
		err = w.close()
	}
	if err != nil && f.fault == nil {
		f.fault = &script.Error{File: f.path, Line: s.line, Msg: err.Error()}
	}
	if f.fault != nil {
		res.Failure = f.failure(w)
	}
	res.Duration = time.Since(begin)
	r.done(res)
}

// play runs a case to its end. What its last step led to counts as well.
func (f *testFile) play(s *scenario, w *world) {
	ctx, cancel := context.WithTimeout(context.Background(), f.run.opt.Timeout)
	defer cancel()
	t := &trial{w: w, ctx: ctx}
	ended := make(chan struct{})
	s.start(func() bool { return true }, func(bool) { close(ended) }, t)
	<-ended
	if f.fault != nil {
		return
	}
	if err := w.settle(ctx); err != nil {
		f.fault = &script.Error{File: f.path, Line: s.line, Msg: "after the last step: " + err.Error()}
		return
	}
	if list := w.takeFaults(); len(list) > 0 {
		f.fault = list[0]
		f.detail = faultText(list[0])
	}
}

func (f *testFile) failure(w *world) *Failure {
	out := &Failure{Error: f.fault, Detail: f.detail, Output: f.output}
	if w != nil && w.chaos != nil {
		out.Chaos = w.chaos.did
	}
	return out
}

func (r *run) done(res Result) {
	if res.Name != "" {
		r.sum.Cases++
	}
	r.sum.Steps += res.Steps
	if res.Failure != nil {
		r.sum.Failed++
	}
	r.sum.Results = append(r.sum.Results, res)
	if r.opt.Done != nil {
		r.opt.Done(res)
	}
}
