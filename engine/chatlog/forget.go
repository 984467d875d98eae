package chatlog

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"slices"

	"botd/engine"
	"botd/engine/durable"
)

// Forget removes the entries that a query selects, and returns how many there were. They
// are gone from the files when it returns; what others have read of them, and copies elsewhere, are not. What
// waits to be written is written first. seen is called with each of them, before it is
// gone. A query that selects everything has code Invalid.
func (l *Log) Forget(ctx context.Context, q Query, seen func(*Entry)) (int, error) {
	if q.User == "" && len(q.Rooms) == 0 {
		return 0, engine.Errorf(engine.Invalid, "whom or what to forget is missing; name a user or rooms")
	}
	l.pass()
	l.files.Lock()
	defer l.files.Unlock()
	l.seal() // the last file may be another afterwards
	n := 0
	for i := range l.list {
		gone, err := l.rewrite(ctx, &l.list[i], q, seen)
		if n += gone; err != nil {
			return n, err
		}
	}
	l.list = slices.DeleteFunc(l.list, func(s segment) bool { return s.size == 0 && os.Remove(s.path) == nil })
	return n, nil
}

// rewrite leaves entries out of a file.
func (l *Log) rewrite(ctx context.Context, s *segment, q Query, seen func(*Entry)) (gone int, err error) {
	b, err := os.ReadFile(s.path)
	if err != nil {
		return 0, err
	}
	kept := make([]byte, 0, len(b))
	for line := range bytes.Lines(b) {
		var e Entry
		if json.Unmarshal(line, &e) == nil && q.Takes(&e) {
			gone++
			seen(&e)
			continue
		}
		kept = append(kept, line...)
	}
	if err := ctx.Err(); gone == 0 || err != nil {
		return 0, err
	}
	if err := durable.Replace(s.path, kept, 0o600); err != nil {
		return 0, err
	}
	s.size = int64(len(kept))
	return gone, nil
}
