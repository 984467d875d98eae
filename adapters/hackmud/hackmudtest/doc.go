// Package hackmudtest is a server with the chat interface of hackmud, for tests and for
// playing. It keeps the limits and refuses in the words of the real one, records who
// came too close to them, and can be as odd as the descriptions of the real one differ:
// see [Quirks] and [Fault].
package hackmudtest
