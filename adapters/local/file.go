package local

import (
	"io/fs"
	"path"

	"botd/engine"
)

const (
	maxFile  = 8 << 20 // bytes of one file
	maxFiles = 32      // the hub keeps
)

// file is one that was offered in a room.
type file struct {
	id   string
	name string
	room *Room
	data []byte
}

func (f *file) state(status string) engine.FileOffered {
	o := engine.FileOffered{File: f.id, Name: f.name, Size: int64(len(f.data)), Status: status}
	if status == "received" {
		o.Received = o.Size
	}
	return o
}

// File returns what was offered under an ID, while it is among the last 32.
func (h *Hub) File(id string) ([]byte, bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if f := h.files[id]; f != nil {
		return f.data, true
	}
	return nil, false
}

// load reads what a session sends.
func (h *Hub) load(name string) ([]byte, error) {
	if h.fsys == nil {
		return nil, engine.Errorf(engine.NotFound, "there is no folder to send files from")
	}
	info, err := fs.Stat(h.fsys, name)
	if err != nil {
		return nil, engine.Errorf(engine.NotFound, "no file %q", name)
	}
	if !info.Mode().IsRegular() || info.Size() > maxFile {
		return nil, engine.Errorf(engine.Invalid, "%q is no file or larger than %d bytes", name, maxFile)
	}
	data, err := fs.ReadFile(h.fsys, name)
	if err != nil {
		return nil, &engine.Error{Code: engine.Internal, Op: "send file", Msg: "the file cannot be read", Err: err}
	}
	return data, nil
}

func (x *act) sendFile(a engine.SendFile) error {
	if a.Text != "" {
		if err := x.maySpeak(a.Text); err != nil {
			return err
		}
	}
	if _, err := x.offer(path.Base(a.Path), x.file); err != nil {
		return err
	}
	if a.Text != "" {
		x.post(engine.Message{Text: a.Text})
	}
	return nil
}

// offer is sendFile for a participant, whose files are in no folder.
func (h *Hub) offer(c *client, name string, data []byte) (string, error) {
	x := act{hub: h, client: c, at: h.now()}
	h.mu.Lock()
	defer h.unlock()
	if err := x.locate(engine.SendFile{}); err != nil {
		return "", err
	}
	return x.offer(name, data)
}

// offer shows a file to the room. Beyond so many, the oldest is forgotten.
func (x *act) offer(name string, data []byte) (string, error) {
	if x.room.muted(x.by, x.at) {
		return "", engine.Errorf(engine.Denied, "%s is muted in room %s", x.by.user.Name, x.room.id)
	}
	if err := checkWords("file's name", name); err != nil {
		return "", err
	}
	if len(data) > maxFile {
		return "", engine.Errorf(engine.Invalid, "a file of %d bytes; the most is %d", len(data), maxFile)
	}
	f := &file{id: x.hub.number(), name: name, room: x.room, data: data}
	x.hub.files[f.id] = f
	x.hub.offered = append(x.hub.offered, f.id)
	if len(x.hub.offered) > maxFiles {
		delete(x.hub.files, x.hub.offered[0])
		x.hub.offered = x.hub.offered[1:]
	}
	x.tellAll(f.state("offered"))
	return f.id, nil
}

// receiveFile takes a file offered in one of the client's rooms; [Hub.File] has it.
func (x *act) receiveFile(a engine.ReceiveFile) error {
	f := x.hub.files[a.File]
	if f == nil {
		return engine.Errorf(engine.NotFound, "no file %q", a.File)
	}
	m := x.client.member(f.room.id)
	if m == nil || a.Room != "" && m != x.by {
		return engine.Errorf(engine.NotFound, "no file %q in room %s", a.File, x.room.id)
	}
	f.room.tell(m, nil, x.at, f.state("received"))
	return nil
}
