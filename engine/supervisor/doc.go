// Package supervisor keeps sessions alive. It alone calls Session.Run: it starts
// sessions, starts them again after a growing, random delay when they end, and gives
// up only where trying again cannot help. It stamps what they emit, tells the world
// about their state as events, and has one outbox for each, through which every
// action goes.
//
// What runs is a unit: one [engine.Session] value with its outbox and one goroutine.
// A configured session is one unit, or one per room where the protocol needs a
// connection for each room. A failing unit never touches another.
package supervisor
