package script

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	lua "github.com/yuin/gopher-lua"

	"botd/engine"
	"botd/engine/script/lualib"
	"botd/engine/script/luasrc"
)

// Evaluation is a piece of Lua that an operator runs in a script that serves.
type Evaluation struct {
	Session string // variables that a read-only evaluation makes are there for the next of the same session
	Code    string // an expression or statements
	// Write has it run in the script itself. Without it there are copies of what the script
	// has, and functions that change anything refuse.
	Write bool
	By    string // who wants it, for the log
	// Complete asks for what may stand at the end of Code, and runs nothing.
	Complete bool
}

// Evaluated is what came of an evaluation. Texts are for people: long ones are cut, and
// secrets of the script are hidden in them.
type Evaluated struct {
	Generation uint64        `json:"generation"`
	Reason     string        `json:"reason"` // why that generation was loaded
	Values     []string      `json:"values,omitempty"`
	Printed    []string      `json:"printed,omitempty"` // lines of print
	Fault      *Error        `json:"fault,omitempty"`
	Note       string        `json:"note,omitempty"` // what else there is to know
	Ran        time.Duration `json:"ran"`            // ns, waits not counted
}

// evalFile is the name of what is evaluated in messages.
const evalFile = "(repl).lua"

// maxPrinted bounds what print leaves of one evaluation, in bytes.
const maxPrinted = 16 << 10

// Incomplete reports whether code is the beginning of something longer.
func Incomplete(code string) bool {
	_, errs := compileEval(code)
	return slices.ContainsFunc(errs, func(e *luasrc.Error) bool { return e.Near == "<eof>" && e.Msg != "unfinished string" })
}

// compileEval compiles an expression or statements. The errors are those as both, the one
// that came further first.
func compileEval(code string) (*lua.FunctionProto, []*luasrc.Error) {
	const before = "return "
	proto, err := luasrc.Compile(evalFile, []byte(before+code), luasrc.Limits{})
	if err == nil {
		return proto, nil
	}
	asValue := err.(*luasrc.Error)
	if asValue.Line == 1 && asValue.Col > 0 {
		asValue.Col -= len(before)
	}
	proto, err = luasrc.Compile(evalFile, []byte(code), luasrc.Limits{})
	if err == nil {
		return proto, nil
	}
	asCode := err.(*luasrc.Error)
	if asValue.Line > asCode.Line || asValue.Line == asCode.Line && asValue.Col > asCode.Col {
		return nil, []*luasrc.Error{asValue, asCode}
	}
	return nil, []*luasrc.Error{asCode, asValue}
}

// Eval runs code in a script as one handler call, with the limits of one, and returns
// when that has ended; what is wrong with the code is in the result. When ctx ends, so does
// the call. A limit that it hits is no fault of the script, which goes on. Error
// codes: NotFound, NotConnected for a script that does not run, RateLimited for one that is suspended, Cancelled.
func (m *Manager) Eval(ctx context.Context, name string, e Evaluation) (Evaluated, error) {
	vm, err := m.serving(name)
	if err != nil {
		return Evaluated{}, err
	}
	run := &evaluation{Evaluation: e, vm: vm, done: make(chan struct{})}
	run.Generation, run.Reason = vm.gen, vm.reason
	run.mask = Mask(vm.source.Hidden)
	if !e.Complete {
		var errs []*luasrc.Error
		if run.proto, errs = compileEval(e.Code); errs != nil {
			run.fail(vm.describe(errs[0], nil))
			return run.Evaluated, nil
		}
	}
	over := engine.Errorf(engine.Cancelled, "script %q was loaded anew or stopped; what was to be evaluated was not", name)
	if !vm.post(run.run) {
		return Evaluated{}, over
	}
	select {
	case <-run.done:
	case <-vm.gone:
	case <-ctx.Done():
		run.cancel()
		return Evaluated{}, ctx.Err()
	}
	select {
	case <-run.done:
		return run.Evaluated, nil
	default:
		return Evaluated{}, over
	}
}

// serving is the generation of a script that can be evaluated in now.
func (m *Manager) serving(name string) (*VM, error) {
	m.mu.Lock()
	s := m.slots[name]
	m.mu.Unlock()
	if s == nil {
		return nil, engine.Errorf(engine.NotFound, "no script %q", name)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.suspended:
		return nil, &engine.Error{
			Code: engine.RateLimited, Msg: "script " + name + " is suspended, " + s.sentence() + "; saving it, or botd reload " + name + ", lifts this at once",
			RetryAfter: s.until.Sub(m.clock.Now()),
		}
	case s.cur == nil:
		return nil, engine.Errorf(engine.NotConnected, "script %q does not run: %s", name, s.problem)
	}
	return s.cur, nil
}

// evaluation is an Evaluation under way. The baton guards it, but for what mu does.
type evaluation struct {
	Evaluation
	Evaluated // belongs to whoever asked once done is closed

	vm      *VM
	proto   *lua.FunctionProto
	session *evalSession
	copies  *copier // of what the script has; nil with Write
	mask    *strings.Replacer
	cos     map[*lua.LState]struct{} // coroutines it made, unless Write
	refused string                   // the first function that refused
	printed int                      // bytes
	done    chan struct{}

	mu     sync.Mutex
	ended  bool // or nobody wants it any more
	task   *Task
	taskNo uint64
	waitNo uint64 // of the task at the start
}

// run does it. It is a job of the VM.
func (r *evaluation) run() {
	vm := r.vm
	r.mu.Lock()
	unwanted := r.ended
	r.mu.Unlock()
	defer close(r.done)
	if unwanted {
		return
	}
	if r.Complete {
		r.Values = vm.completions(r.Evaluation)
		return
	}
	t := vm.task(nil)
	t.eval = r
	r.mu.Lock()
	r.task, r.taskNo, r.waitNo = t, t.num, t.waitNo
	r.mu.Unlock()
	began := vm.m.clock.Now()
	defer r.end(t, began)
	vm.pushGuarded(t.th, vm.L.NewFunction(r.main))
	vm.enter(t)
	t.err = vm.protect(t.th, 0, 0)
	vm.leave()
	vm.publish()
}

// end tells how it ended and frees its task. What the script keeps is counted when
// nothing of the evaluation is left.
func (r *evaluation) end(t *Task, began time.Time) {
	vm := r.vm
	r.mu.Lock()
	r.ended, r.task = true, nil
	r.mu.Unlock()
	r.Ran = vm.m.clock.Now().Sub(began) - t.waited
	if t.err != nil {
		r.Values = nil
		text := lua.LString(r.hide(errorText(errorValue(t.err)))) // before it is cut to size
		r.fail(vm.describe(&lua.ApiError{Type: lua.ApiErrorRun, Object: text}, t))
	}
	t.th.SetTop(0)
	vm.release(t)
	r.tidy()
	vm.checkMemory(t)
}

// fail makes a fault what came of it.
func (r *evaluation) fail(e *Error) {
	if e.Load = false; e.File == evalFile {
		e.Excerpt = Excerpt([]byte(r.hide(r.Code)), e.Line)
	}
	r.Fault = e
}

// main runs the chunk and makes texts of its results, all within the limits of the call.
func (r *evaluation) main(L *lua.LState) int {
	vm := r.vm
	r.session = vm.evalSession(r.Evaluation)
	if !r.Write {
		r.copies = newCopier(r)
	}
	fn := L.NewFunctionFromProto(r.proto)
	fn.Env = r.session.env
	top := L.GetTop()
	L.Push(fn)
	L.Call(0, lua.MultRet)
	p := &valuePrinter{c: newCall(L), e: r, left: maxShown}
	for i := top + 1; i <= L.GetTop(); i++ {
		if p.left <= 0 {
			r.Values = append(r.Values, "…")
			break
		}
		r.Values = append(r.Values, p.top(L.Get(i)))
	}
	if r.copies != nil && !r.waited() {
		if name := r.copies.changed(); name != "" {
			lualib.Raise(L, "this changes %s of the script, and this repl only reads: a copy was changed, which is gone; start it with --write", name)
		}
	}
	if r.refused != "" {
		r.Note = "refused: " + r.refused
	}
	return 0
}

// waited reports whether the evaluation has waited, and so others may have changed what it
// copied.
func (r *evaluation) waited() bool { return r.task.waitNo != r.waitNo }

// print takes a line of print.
func (r *evaluation) print(line string) {
	if r.printed > maxPrinted {
		return
	}
	line = Visible(r.hide(line))
	if r.printed += len(line) + 1; r.printed > maxPrinted {
		line = "… (more was printed than can be shown)"
	}
	r.Printed = append(r.Printed, line)
}

func (r *evaluation) hide(text string) string {
	if r.mask == nil {
		return text
	}
	return r.mask.Replace(text)
}

// permit refuses what changes something unless that is wanted.
func (r *evaluation) permit(c *Call, f *Function) {
	if r.Write || f.reads {
		return
	}
	if r.refused == "" {
		r.refused = f.path
	}
	c.Raise("%s may change something, and this repl only reads; start it with --write", f.path)
}

// cancel ends it, from any goroutine.
func (r *evaluation) cancel() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.ended && r.task != nil {
		r.task.interrupt(r.taskNo)
	}
	r.ended = true
}

// interrupt ends use num of a task, parked or running, from any goroutine. The task must
// not end meanwhile.
func (t *Task) interrupt(num uint64) {
	vm := t.vm
	t.kill(num, interrupted)
	vm.slot.mu.Lock()
	start := false
	if t.parked {
		t.waiting = false
		start = vm.makeReady(t)
	}
	vm.slot.mu.Unlock()
	if start {
		vm.m.runners.run(vm)
	}
}

// minMasked is how long a secret must be to be hidden wherever it appears: shorter ones
// appear by chance.
const minMasked = 4

// hiddenText stands where a secret was.
var hiddenText = engine.Secret("s").String()

// Mask hides secrets in texts; nil if there is nothing to hide.
func Mask(secrets []string) *strings.Replacer {
	var pairs []string
	longest := func(a, b string) int { return len(b) - len(a) } // one may be the beginning of another
	for _, s := range slices.SortedFunc(slices.Values(secrets), longest) {
		if len(s) >= minMasked {
			pairs = append(pairs, s, hiddenText)
		}
	}
	if pairs == nil {
		return nil
	}
	return strings.NewReplacer(pairs...)
}
