package script

// Hook is a webhook: others call it, under the name of the script and a path.
type Hook struct {
	Path   string
	Secret string // who calls must know it
	Max    int    // bytes of a body; a usual bound if 0
}

// HookCall is a call of a webhook that was rightly signed.
type HookCall struct {
	Path    string
	Query   map[string]string
	Headers map[string]string // names in lower case
	Body    []byte
}

// HookReply is what the caller is told.
type HookReply struct {
	Status int // 200 if 0
	Body   string
}
