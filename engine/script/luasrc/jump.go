package luasrc

import (
	"fmt"
	"strconv"

	lua "github.com/yuin/gopher-lua"
	"github.com/yuin/gopher-lua/ast"
)

// A jump out of a block must close the block's locals that closures have captured, so
// that each closure keeps its own. gopher-lua closes too little at a break in a nested
// block, and at a goto often all locals of the function, which cuts those that live on
// from their closures. So gotos are resolved here, such a break becomes a goto, and
// the instruction before the jump is corrected in the code: see [parser.fixJumps].

// scope is an open block of a function.
type scope struct {
	start  int // locals before it
	labels map[string]*label
	gotos  []*jump
}

type label struct {
	line   int
	active int // locals in scope
}

// jump is a goto whose label has not been found yet.
type jump struct {
	name   string
	at     token
	active int // locals in scope, less those of blocks left since
	fix    int // index in parser.fixes
}

// jumpFix is what the code of a goto should be.
type jumpFix struct {
	line  int
	close int  // locals that stay open
	main  bool // in the main chunk
}

// loopState is an open loop.
type loopState struct {
	active    int // locals before it
	scopes    int // open blocks, the body among them
	functions int // seen before it
	end       string
}

// fixLine is where the line numbers begin that mark the code of a goto for fixJumps.
const fixLine = 1 << 30

func (p *parser) openScope() {
	p.fn.scopes = append(p.fn.scopes, scope{start: len(p.fn.locals)})
	p.blocks++
}

// closeScope ends a block. What its gotos did not find in it they may find around it.
func (p *parser) closeScope() {
	f := p.fn
	last := len(f.scopes) - 1
	s := f.scopes[last]
	for _, j := range s.gotos {
		if p.resolve(j, s.labels[j.name]) {
			continue
		}
		if last == 0 {
			p.failHint(j.at, "", "no visible label '"+j.name+"' for goto", "")
		}
		j.active = min(j.active, s.start)
		outer := &f.scopes[last-1]
		outer.gotos = append(outer.gotos, j)
	}
	p.locals -= len(f.locals) - s.start
	p.blocks--
	f.locals = f.locals[:s.start]
	f.scopes = f.scopes[:last]
}

func (p *parser) resolve(j *jump, l *label) bool {
	if l == nil {
		return false
	}
	if j.active < l.active {
		p.failHint(j.at, "", fmt.Sprintf("<goto %s> jumps into the scope of local '%s'", j.name, p.fn.locals[j.active]), "")
	}
	p.fixes[j.fix].close = l.active
	return true
}

// gotoStmt parses a goto after its word.
func (p *parser) gotoStmt(at token) ast.Stmt {
	name := p.name()
	s, fix := p.jump(name, at.line, 0)
	f := p.fn
	here := &f.scopes[len(f.scopes)-1]
	here.gotos = append(here.gotos, &jump{name: name, at: at, active: len(f.locals), fix: fix})
	return s
}

// jump makes a goto that leaves open the given number of locals.
func (p *parser) jump(name string, line, close int) (ast.Stmt, int) {
	p.countLabel()
	s := &ast.GotoStmt{Label: name}
	s.SetLine(fixLine + len(p.fixes))
	s.SetLastLine(line)
	p.fixes = append(p.fixes, jumpFix{line: line, close: close, main: p.fn.parent == nil})
	return s, len(p.fixes) - 1
}

func (p *parser) labelStmt() ast.Stmt {
	p.next()
	p.countLabel()
	t := p.expect(tokName)
	p.expect("::")
	here := &p.fn.scopes[len(p.fn.scopes)-1]
	if old := here.labels[t.text]; old != nil {
		p.failHint(t, "", fmt.Sprintf("label '%s' already defined on line %d", t.text, old.line), "")
	}
	if here.labels == nil {
		here.labels = make(map[string]*label)
	}
	here.labels[t.text] = &label{line: t.line, active: len(p.fn.locals)}
	s := &ast.LabelStmt{Name: t.text}
	s.SetLine(t.line)
	return s
}

func (p *parser) countLabel() {
	if p.labels++; p.labels > p.limits.Labels {
		p.failHere(fmt.Sprintf("too many labels and gotos (limit %d)", p.limits.Labels), "")
	}
}

// endLabels takes the labels at the end of a block as after its locals: one may jump
// there over the declaration of a local.
func (p *parser) endLabels(stmts []ast.Stmt) {
	here := p.fn.scopes[len(p.fn.scopes)-1]
	for i := len(stmts) - 1; i >= 0; i-- {
		l, ok := stmts[i].(*ast.LabelStmt)
		if !ok {
			return
		}
		here.labels[l.Name].active = here.start
	}
}

// openLoop begins a loop, of which the head has been parsed, or will be in a scope of
// its own.
func (p *parser) openLoop() {
	f := p.fn
	f.loops = append(f.loops, loopState{active: len(f.locals), functions: p.functions})
}

// closeLoop ends a loop. If one of its breaks has become a goto, the label comes after
// the loop.
func (p *parser) closeLoop(s ast.Stmt, line int) ast.Stmt {
	f := p.fn
	l := f.loops[len(f.loops)-1]
	f.loops = f.loops[:len(f.loops)-1]
	if l.end == "" {
		return s
	}
	s.SetLine(line)
	end := &ast.LabelStmt{Name: l.end}
	end.SetLine(s.LastLine())
	do := &ast.DoBlockStmt{Stmts: []ast.Stmt{s, end}}
	do.SetLastLine(s.LastLine())
	return do
}

func (p *parser) breakStmt() ast.Stmt {
	t := p.tok
	p.next()
	f := p.fn
	if len(f.loops) == 0 {
		p.fail(t, "break", "no loop to break")
	}
	l := &f.loops[len(f.loops)-1]
	if len(f.scopes) == l.scopes || p.functions == l.functions {
		return &ast.BreakStmt{} // in the loop's own block, or no function has captured anything
	}
	if l.end == "" {
		l.end = "(break " + strconv.Itoa(len(p.fixes)) + ")"
	}
	s, _ := p.jump(l.end, t.line, l.active)
	return s
}

// fixJumps corrects what gotos close, and gives their code its line numbers.
func (p *parser) fixJumps(proto *lua.FunctionProto) {
	for pc, line := range proto.DbgSourcePositions {
		if line < fixLine {
			continue
		}
		fix := p.fixes[line-fixLine]
		proto.DbgSourcePositions[pc] = fix.line
		if fix.main && p.usesConcat {
			fix.close++ // the local of the loader
		}
		const shift, mask = 18, 0xff // operand A of an instruction
		if inst := proto.Code[pc]; int(inst>>26) == lua.OP_CLOSE {
			proto.Code[pc] = inst&^(mask<<shift) | uint32(fix.close)<<shift
		}
	}
	for _, f := range proto.FunctionPrototypes {
		p.fixJumps(f)
	}
}
