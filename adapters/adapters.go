// Package adapters lists the adapters botd is built with.
package adapters

import (
	"botd/adapters/hackchat"
	"botd/adapters/hackmud"
	"botd/adapters/hctv"
	"botd/adapters/hitbox"
	"botd/adapters/local"
	"botd/adapters/simplex"
	"botd/engine"
)

// All lists the adapters in the order of the documentation. A new one is a line here.
// Sessions of the local adapter live on hub.
func All(hub *local.Hub) []engine.Adapter {
	return []engine.Adapter{
		local.Adapter(hub),
		hackchat.Adapter,
		hackmud.Adapter(),
		hctv.Adapter,
		hitbox.Adapter,
		simplex.Adapter(),
	}
}
