// Package enginetest has stand-ins for the parts of the engine that touch the
// world: a clock that is moved by hand, and a network whose sessions do what a test
// tells them. It does not import testing, so that programs may use it too.
package enginetest
