package host

// Prepare makes the data folder, which must be writable. Run does so too; whoever wants
// to put something there before calls it first. Its errors have code Invalid.
func (h *Host) Prepare() error { return h.prepareFolders() }
