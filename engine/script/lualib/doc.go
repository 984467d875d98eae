// Package lualib is the standard library scripts see, written anew for
// gopher-lua: base functions, string, table, math and the harmless part of os.
//
// It differs from the stock library in what a hostile script can do with it.
// Every function that handles many bytes or takes many steps charges a [Meter]
// as it goes, so that a script over its budget is stopped inside the function and
// not only between two Lua instructions. No string grows beyond a cap. Patterns
// are matched by a matcher whose recursion follows the pattern and never the
// subject. The tables of the library are read-only, the metatable of strings is
// private to its VM and locked, and nothing reaches the operating system.
//
// It follows the Lua 5.1 manual, with these differences, all of them deliberate:
// tostring of an object with __tostring is used by %s too, pairs honours __pairs,
// assert raises any object as it is, math.log takes a base, os.date reports an
// unknown verb, numbers are not read from "inf" and "nan", and error texts name
// types and limits. pcall, xpcall, coroutines, print and require are not here:
// they belong to whoever runs the VM.
package lualib
