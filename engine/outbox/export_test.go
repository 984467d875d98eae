package outbox

// Rooms is how many rooms o remembers.
func Rooms(o *Outbox) int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return len(o.rooms)
}
