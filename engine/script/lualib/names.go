package lualib

import (
	lua "github.com/yuin/gopher-lua"
)

// The functions here find out, from the code of the function that made an error, what
// the author calls the value that was wrong. gopher-lua tells only the line. So they
// answer if just one instruction of the line can have been the one, and stay silent
// otherwise: a wrong name would be worse than none.

// instruction is a decoded instruction, laid out as in gopher-lua's opcode.go.
type instruction struct{ op, a, b, c, bx int }

func decode(inst uint32) instruction {
	return instruction{
		op: int(inst >> 26), a: int(inst >> 18 & 0xff), b: int(inst & 0x1ff), c: int(inst >> 9 & 0x1ff), bx: int(inst & 0x3ffff),
	}
}

// caller returns the Lua function that runs at a level of L, and its line.
func caller(L *lua.LState, level int) (*lua.LFunction, int) {
	dbg, ok := L.GetStack(level)
	if !ok {
		return nil, 0
	}
	v, err := L.GetInfo("fl", dbg, lua.LNil)
	fn, ok := v.(*lua.LFunction)
	if err != nil || !ok || fn.IsG {
		return nil, 0
	}
	return fn, dbg.CurrentLine
}

// each calls f for the instructions of p. What follows a CLOSURE or SETLIST may be an
// operand of it.
func each(p *lua.FunctionProto, f func(pc int, i instruction)) {
	for pc := 0; pc < len(p.Code); pc++ {
		i := decode(p.Code[pc])
		f(pc, i)
		switch {
		case i.op == lua.OP_CLOSURE && i.bx < len(p.FunctionPrototypes):
			pc += int(p.FunctionPrototypes[i.bx].NumUpvalues)
		case i.op == lua.OP_SETLIST && i.c == 0:
			pc++
		}
	}
}

// only returns the one instruction of the caller's line for which is holds.
func only(L *lua.LState, is func(p *lua.FunctionProto, pc int, i instruction) bool) (*lua.FunctionProto, int, bool) {
	fn, line := caller(L, 1)
	if fn == nil {
		return nil, 0, false
	}
	p := fn.Proto
	charge(L, len(p.Code)/bytesPerUnit*8)
	found, n := 0, 0
	each(p, func(pc int, i instruction) {
		if p.DbgSourcePositions[pc] == line && is(p, pc, i) {
			found = pc
			n++
		}
	})
	return p, found, n == 1
}

// nameOf says where the value of a register came from before pc: " (global 'x')", or
// "" if that is not plain.
func nameOf(p *lua.FunctionProto, pc, reg int) string {
	writer, name := -1, ""
	each(p, func(at int, i instruction) {
		if at < pc && writes(i, reg) {
			writer, name = at, source(p, i, reg)
		}
	})
	if name == "" {
		return ""
	}
	each(p, func(at int, i instruction) {
		if to := target(at, i); writer < to && to <= pc {
			name = "" // another way leads here, with another value
		}
	})
	return name
}

// writes reports whether an instruction may change a register.
func writes(i instruction, reg int) bool {
	switch i.op {
	case lua.OP_SETGLOBAL, lua.OP_SETUPVAL, lua.OP_SETTABLE, lua.OP_SETTABLEKS, lua.OP_SETLIST, lua.OP_CLOSE,
		lua.OP_TEST, lua.OP_EQ, lua.OP_LT, lua.OP_LE, lua.OP_JMP, lua.OP_RETURN, lua.OP_TAILCALL, lua.OP_NOP:
		return false
	case lua.OP_CALL, lua.OP_VARARG, lua.OP_LOADNIL, lua.OP_TFORLOOP, lua.OP_FORLOOP, lua.OP_FORPREP:
		return i.a <= reg
	case lua.OP_SELF:
		return i.a == reg || i.a+1 == reg
	}
	return i.a == reg
}

// source names what an instruction puts into a register.
func source(p *lua.FunctionProto, i instruction, reg int) string {
	if i.a != reg {
		return ""
	}
	switch i.op {
	case lua.OP_GETGLOBAL:
		return named("global", p.Constants[i.bx])
	case lua.OP_GETTABLEKS:
		return named("field", constant(p, i.c))
	case lua.OP_SELF:
		return named("method", constant(p, i.c))
	case lua.OP_GETUPVAL:
		return named("local", lua.LString(p.DbgUpvalues[i.b]))
	}
	return ""
}

// target returns where an instruction may jump, -1 if it does not.
func target(pc int, i instruction) int {
	const maxSbx = 1<<17 - 1
	switch i.op {
	case lua.OP_JMP, lua.OP_FORLOOP, lua.OP_FORPREP:
		return pc + 1 + i.bx - maxSbx
	case lua.OP_LOADBOOL:
		if i.c != 0 {
			return pc + 2
		}
	}
	return -1
}

// constant returns the constant an operand stands for, nil if it is a register.
func constant(p *lua.FunctionProto, rk int) lua.LValue {
	const flag = 1 << 8
	if rk&flag == 0 || rk&^flag >= len(p.Constants) {
		return lua.LNil
	}
	return p.Constants[rk&^flag]
}

// loaded returns the constant that was put into a register shortly before pc.
func loaded(p *lua.FunctionProto, pc, reg int) lua.LValue {
	for n := 1; n <= 4 && n <= pc; n++ {
		if i := decode(p.Code[pc-n]); i.op == lua.OP_LOADK && i.a == reg {
			return p.Constants[i.bx]
		}
	}
	return lua.LNil
}

// named writes a name. Those of the loader's own locals, which stand in brackets, are
// nobody's business.
func named(kind string, name lua.LValue) string {
	s, ok := name.(lua.LString)
	if !ok || s == "" || s[0] == '(' {
		return ""
	}
	return " (" + kind + " '" + clip(string(s), 60) + "')"
}

// calledName names what the caller's line has called.
func calledName(L *lua.LState) string {
	p, pc, ok := only(L, func(_ *lua.FunctionProto, _ int, i instruction) bool {
		return i.op == lua.OP_CALL || i.op == lua.OP_TAILCALL || i.op == lua.OP_TFORLOOP
	})
	if !ok || decode(p.Code[pc]).op == lua.OP_TFORLOOP {
		return ""
	}
	return nameOf(p, pc, decode(p.Code[pc]).a)
}

// indexedName names what was indexed with a key.
func indexedName(L *lua.LState, key lua.LValue) string {
	p, pc, ok := only(L, func(p *lua.FunctionProto, pc int, i instruction) bool {
		switch i.op {
		case lua.OP_GETTABLE, lua.OP_GETTABLEKS, lua.OP_SELF:
			return constant(p, i.c) == key
		case lua.OP_SETTABLE, lua.OP_SETTABLEKS:
			return constant(p, i.b) == key || loaded(p, pc, i.b) == key
		}
		return false
	})
	if !ok {
		return ""
	}
	i := decode(p.Code[pc])
	if i.op == lua.OP_SETTABLE || i.op == lua.OP_SETTABLEKS {
		return nameOf(p, pc, i.a)
	}
	return nameOf(p, pc, i.b)
}

// operandName names the first or second operand of the line's arithmetic.
func operandName(L *lua.LState, second bool) string {
	p, pc, ok := only(L, func(_ *lua.FunctionProto, _ int, i instruction) bool {
		return lua.OP_ADD <= i.op && i.op <= lua.OP_UNM
	})
	if !ok {
		return ""
	}
	i := decode(p.Code[pc])
	if second {
		return nameOf(p, pc, i.c)
	}
	return nameOf(p, pc, i.b)
}

// joinedName names operand n, from 0, of the line's only concatenation of so many.
func joinedName(L *lua.LState, n, of int) string {
	p, pc, ok := only(L, func(_ *lua.FunctionProto, _ int, i instruction) bool { return i.op == lua.OP_CALL && i.b == of+1 })
	if !ok {
		return ""
	}
	return nameOf(p, pc, decode(p.Code[pc]).a+1+n)
}
