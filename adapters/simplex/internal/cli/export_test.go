package cli

// PID is that of the process.
func (p *Process) PID() int { return p.pid }
