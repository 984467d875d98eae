package raffle

// PutBack puts back all who were drawn. The next draw has a number of its own all the same.
func (d *Drum) PutBack() { clear(d.gone) }
