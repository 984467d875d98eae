// Package store keeps small values by key, durably: what was acknowledged is still
// there after a crash or a power cut.
//
// A [Store] is small, so that another engine can take the place of the embedded one:
// it reads, carries out batches and tells what changed. The rest ([Commit], [Watch]) is
// built on that. What an engine must do is written down as a test, in package storetest,
// which every engine passes.
//
// Keys are any bytes and live in spaces: one for each script, and others of the
// engine's own. A key is absent, or has a value, a revision and perhaps an end. The
// revision is the number of the commit in the whole store's history, so it grows with
// each write of the key, also after it was deleted and made again.
package store
