// Package luasrc turns Lua source into code for gopher-lua, for sources nobody
// trusts.
//
// It has a parser of its own, which stops at its limits, so that gopher-lua's
// compiler, which recurses on the syntax tree and searches lists linearly, never sees
// a tree it would take long for. The tree differs from what gopher-lua's parser would
// make in three ways. The operator ".." becomes a call of a function that caps and
// charges (see lualib.LoaderString). Number literals are read by the rules of Lua.
// And some forms that gopher-lua 1.1.2 compiles wrongly are replaced by equal ones.
//
// The language is Lua 5.1 with goto. Error texts are those of Lua, followed by a hint
// where the mistake is a common one.
package luasrc
