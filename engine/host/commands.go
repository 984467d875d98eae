package host

import "botd/engine"

// Commands lists the commands that scripts answer now, as people write them in a room:
// with its prefix.
func (h *Host) Commands(path engine.RoomPath) []string {
	session, room, _ := path.Split()
	prefixes := h.prefixes.Load()
	prefix := prefixes.Default
	for _, r := range prefixes.Rooms {
		if r.Rooms.Match(session, engine.Room{ID: room}) {
			prefix = r.Prefix
			break
		}
	}
	names := h.scripts.Tables().Commands()
	for i, name := range names {
		names[i] = prefix + name
	}
	return names
}
