package raffle

// PutBack puts back all who were drawn. The next draw has a number of its own all the same.
func (d *Drum) PutBack() { clear(d.gone) }

// Rehash makes the hash of the result agree with what the proof says.
func (p *Proof) Rehash() { p.ResultHash = hash(p.result()) }
