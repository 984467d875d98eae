package rehearse

import (
	"botd/engine/script"
)

// Library is what test files find besides Lua's own functions: the modules given, and what is
// for tests.
func Library(modules ...*script.Module) *script.Library {
	return &script.Library{
		Modules: append([]*script.Module{&testModule}, modules...),
		Classes: []script.AnyClass{caseClass, clockClass, roomClass, userClass, messageClass, expectationClass},
		Globals: []*script.Function{script.Plain("expect", expect)},
	}
}

// test is where the cases of a file are.
var testModule = script.Module{Name: "test", Members: []script.Member{script.Plain("case", testCase)}}

type caseArgs struct {
	Name string      `lua:"name"`                        // what is to be so; each case of a file has another
	Fn   script.Func `lua:"fn" type:"fun(t: test_case)"` // the case
}

// testCase adds a case to the file. Cases run in the order of the file, each with a daemon,
// rooms and a time of its own.
//
//	test.case("ping is answered", function(t)
//	  t:load("hello.lua")
//	  local room = t:room("lobby/lobby")
//	  room:user("ann"):says("!ping")
//	  room:expect("pong")
//	end)
func testCase(c *script.Call, a caseArgs) script.None {
	f := fileOf(c)
	if !c.Loading() {
		c.Misuse("call it at the top of the file, not within a case")
	}
	for _, other := range f.cases {
		if other.name == a.Name {
			c.Misuse("there is a case %q already, in line %d", a.Name, other.line)
		}
	}
	_, line := c.Where()
	f.cases = append(f.cases, &scenario{file: f, name: a.Name, line: line, start: c.Starter(a.Fn)})
	return script.None{}
}
