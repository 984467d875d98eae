package chatlog

import (
	"bufio"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"slices"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	jsonv1 "github.com/go-json-experiment/json/v1"

	"botd/engine"
)

// Query selects entries. The zero value selects all.
type Query struct {
	Rooms        []engine.RoomGlob // that one of these matches; none is all
	User         string            // as [Entry.About]
	Since, Until time.Time         // Until leaves its moment out
	Limit        int               // only the latest so many; 0 is all
	// Progress, if not nil, is told from time to time how many bytes were read of how many.
	Progress func(done, total int64)
}

// Takes reports whether a query selects an entry.
func (q *Query) Takes(e *Entry) bool {
	if !q.Since.IsZero() && e.At.Before(q.Since) || !q.Until.IsZero() && !e.At.Before(q.Until) {
		return false
	}
	in := func(g engine.RoomGlob) bool { return g.Match(e.Session, e.In()) }
	return (len(q.Rooms) == 0 || slices.ContainsFunc(q.Rooms, in)) && (q.User == "" || e.About(q.User))
}

// Stats is what a reading came by.
type Stats struct {
	Bytes   int64
	Lines   int // of any kind
	Damaged int // lines that are no entries
}

// slack is how far the time that a network gives may be from that of the file.
const slack = time.Hour

// maxLine is more bytes than an entry can have.
const maxLine = 1 << 20

// Read calls f with the entries of a folder that a query selects, in the order in which they
// came. It may be called while a Log writes, in any process. An entry belongs to f. An error of f ends the
// reading and is returned.
func Read(ctx context.Context, dir string, q Query, f func(*Entry) error) (Stats, error) {
	list, err := segments(dir)
	if err != nil {
		return Stats{}, err
	}
	r := &reader{ctx: ctx, q: q, list: within(list, q), buf: bufio.NewReaderSize(nil, maxLine)}
	if q.Limit > 0 {
		return r.latest(f)
	}
	for _, s := range r.list {
		if err := r.segment(s, f); err != nil {
			return r.stats, err
		}
	}
	return r.stats, nil
}

// within leaves out the files that can have nothing of a time.
func within(list []segment, q Query) []segment {
	if !q.Until.IsZero() {
		list = slices.DeleteFunc(list, func(s segment) bool { return s.began.After(q.Until.Add(slack)) })
	}
	for len(list) > 1 && !q.Since.IsZero() && list[1].began.Before(q.Since.Add(-slack)) {
		list = list[1:]
	}
	return list
}

// reader reads files, one after another.
type reader struct {
	ctx   context.Context
	q     Query
	list  []segment
	buf   *bufio.Reader
	stats Stats
}

// latest reads from the newest file back, until there are enough.
func (r *reader) latest(f func(*Entry) error) (Stats, error) {
	var out []*Entry
	for _, s := range slices.Backward(r.list) {
		var some []*Entry
		err := r.segment(s, func(e *Entry) error { some = append(some, e); return nil })
		if err != nil {
			return r.stats, err
		}
		out = append(some, out...)
		if len(out) >= r.q.Limit {
			out = out[len(out)-r.q.Limit:]
			break
		}
	}
	for _, e := range out {
		if err := f(e); err != nil {
			return r.stats, err
		}
	}
	return r.stats, nil
}

func (r *reader) segment(s segment, f func(*Entry) error) error {
	file, err := os.Open(s.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil // its time came meanwhile
	}
	if err != nil {
		return err
	}
	defer file.Close()
	r.buf.Reset(file)
	for {
		line, err := r.line()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if err := r.entry(line, f); err != nil {
			return err
		}
	}
}

// line reads the next line that has an end; nil is one that is too long.
func (r *reader) line() ([]byte, error) {
	line, err := r.buf.ReadSlice('\n')
	r.stats.Bytes += int64(len(line))
	if err == nil {
		return line, nil
	}
	for err == bufio.ErrBufferFull {
		line, err = r.buf.ReadSlice('\n')
		r.stats.Bytes += int64(len(line))
	}
	return nil, err
}

// progressEvery is after how many lines it is looked around.
const progressEvery = 4096

// asWritten reads what package encoding/json wrote.
var asWritten = json.JoinOptions(jsonv1.FormatDurationAsNano(true), jsontext.AllowInvalidUTF8(true))

func (r *reader) entry(line []byte, f func(*Entry) error) error {
	if r.stats.Lines++; r.stats.Lines%progressEvery == 0 {
		if err := r.ctx.Err(); err != nil {
			return err
		}
		if r.q.Progress != nil {
			r.q.Progress(r.stats.Bytes, total(r.list))
		}
	}
	e := new(Entry)
	if json.Unmarshal(line, e, asWritten) != nil || e.Kind == "" {
		r.stats.Damaged++
		return nil
	}
	if !r.q.Takes(e) {
		return nil
	}
	return f(e)
}
