package simplex

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"botd/engine"
)

// offered tells of a file beside the message it came with.
func (l *link) offered(room engine.Room, who engine.User, own bool, key string, f *file) {
	status := "offered"
	if own {
		status = "sending"
	}
	l.s.mu.Lock()
	l.s.book.keepFile(f.ID, &offer{room: room, name: f.Name, size: f.Size, own: own, status: status})
	l.s.mu.Unlock()
	if key != "" {
		key += " file"
	}
	l.emit(engine.Event{Room: room, User: who, Self: own, Key: key, Body: engine.FileOffered{File: strconv.FormatInt(f.ID, 10), Name: f.Name, Size: f.Size, Status: status}})
}

// fileState makes a handler for a step of a transfer.
func fileState(status string) func(*link, *body) bool {
	return func(l *link, v *body) bool { return l.onFile(v, status) }
}

func (l *link) onFile(v *body, status string) bool {
	it := v.Item
	if it == nil {
		it = v.MaybeItem
	}
	f := &file{}
	var room engine.Room
	switch {
	case it != nil && it.Item.File != nil:
		f = it.Item.File
		room, _ = it.Info.room()
	case v.RcvFile != nil:
		f = &file{ID: v.RcvFile.ID, Name: v.RcvFile.Invitation.Name, Size: v.RcvFile.Invitation.Size}
	case v.SndFile != nil:
		f = &file{ID: v.SndFile.ID, Name: v.SndFile.Name, Size: v.SndFile.Size}
	default:
		return false
	}
	l.s.mu.Lock()
	o := l.s.book.files[f.ID]
	if o == nil {
		o = &offer{room: room, name: f.Name, size: f.Size}
		l.s.book.keepFile(f.ID, o)
	}
	same := o.status == status && v.Received == 0 && v.Sent == 0
	o.status = status
	out := engine.FileOffered{File: strconv.FormatInt(f.ID, 10), Name: o.name, Size: o.size, Received: v.Received, Status: status}
	room = o.room
	l.s.mu.Unlock()
	if same {
		return true
	}
	ev := engine.Event{Room: room, Body: out}
	if status == "received" {
		out.Received = out.Size
		ev.Body = out
		if f.Source != nil {
			ev.Extra = map[string]any{"path": l.s.received(f.Source.Path)}
		}
	}
	l.emit(ev)
	return true
}

// received is a path in the session's folder, "" for one that is elsewhere.
func (s *session) received(path string) string {
	if !filepath.IsAbs(path) {
		path = filepath.Join(s.settings.FilesFolder, path)
	}
	dir, err := filepath.Abs(s.env.Dir)
	if err != nil {
		return ""
	}
	rel, err := filepath.Rel(dir, path)
	if err != nil || !filepath.IsLocal(rel) {
		return ""
	}
	return rel
}

func (l *link) planSendFile(r chatRef, a engine.SendFile) (*job, error) {
	root, err := os.OpenRoot(l.s.env.Dir)
	if err != nil {
		return nil, &engine.Error{Code: engine.NotFound, Msg: "the session has no folder to send files from", Err: err}
	}
	defer root.Close()
	info, err := root.Stat(a.Path)
	switch {
	case err != nil:
		return nil, &engine.Error{Code: engine.NotFound, Msg: fmt.Sprintf("no file %q in the session's folder", a.Path), Err: err}
	case !info.Mode().IsRegular():
		return nil, engine.Errorf(engine.Invalid, "%q is no file", a.Path)
	case info.Size() > l.s.settings.MaxFile:
		return nil, engine.Errorf(engine.Invalid, "%q has %d bytes; max_file allows %d", a.Path, info.Size(), l.s.settings.MaxFile)
	}
	path, err := filepath.Abs(filepath.Join(l.s.env.Dir, a.Path))
	if err != nil {
		return nil, err
	}
	if encodedLen(a.Text) > maxText {
		return nil, checkText(a.Text)
	}
	return l.send(r, []any{map[string]any{"fileSource": map[string]any{"filePath": path}, "msgContent": map[string]any{"type": "file", "text": a.Text}}})
}

func (l *link) planReceiveFile(a engine.ReceiveFile) (*job, error) {
	id, err := strconv.ParseInt(a.File, 10, 64)
	if err != nil {
		return nil, engine.Errorf(engine.Invalid, "%q is no ID of a file here", a.File)
	}
	l.s.mu.Lock()
	o := l.s.book.files[id]
	l.s.mu.Unlock()
	switch {
	case o == nil || o.own:
		return nil, engine.Errorf(engine.NotFound, "nobody has offered a file %s", a.File)
	case o.size > l.s.settings.MaxFile:
		return nil, engine.Errorf(engine.Invalid, "file %s has %d bytes; max_file allows %d", a.File, o.size, l.s.settings.MaxFile)
	}
	params := map[string]any{"fileId": id, "userApprovedRelays": l.s.settings.UnknownServers, "storeEncrypted": false}
	if l.s.settings.FilesFolder == "" {
		if err := os.MkdirAll(l.s.env.Dir, 0o700); err != nil {
			return nil, err
		}
		if params["filePath"], err = filepath.Abs(filepath.Join(l.s.env.Dir, a.File+"-"+safeName(o.name))); err != nil {
			return nil, err
		}
	}
	return l.do("ReceiveFile", params)
}

var unsafeName = regexp.MustCompile(`[^\p{L}\p{N}._-]+`)

// safeName makes a file's name of what the sender chose.
func safeName(name string) string {
	name = strings.TrimLeft(unsafeName.ReplaceAllString(filepath.Base(name), "_"), ".-")
	if len(name) > 100 {
		name = strings.ToValidUTF8(name[len(name)-100:], "")
	}
	return name
}
