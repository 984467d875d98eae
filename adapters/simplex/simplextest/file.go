package simplextest

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// maxFile is the size in bytes of the largest file that can be sent without a badge.
const maxFile = 1 << 30

// A file belongs to an item.
type file struct {
	id       int64
	item     *item
	name     string
	size     int64
	path     string // "" before it is known
	crypto   bool
	data     []byte // what the sender has of it
	status   m
	approval bool // it is on servers that have to be approved
	broken   bool // its transfer fails
	sender   string
}

func (f *file) json() m {
	j := m{"fileId": f.id, "fileName": f.name, "fileSize": f.size, "fileStatus": f.status, "fileProtocol": "xftp"}
	if f.path != "" {
		source := m{"filePath": f.path}
		if f.crypto {
			source["cryptoArgs"] = m{"fileKey": "a2V5", "fileNonce": "bm9uY2U="}
		}
		j["fileSource"] = source
	}
	return j
}

func (f *file) is(status string) bool { return f.status["type"] == status }

// outgoing is a file of the program's host that is to be sent.
func (o *op) outgoing(path string) (*file, error) {
	full := o.onDisk(path)
	info, err := os.Stat(full)
	if err != nil || !info.Mode().IsRegular() {
		return nil, failure("fileNotFound", m{"message": path})
	}
	if info.Size() > maxFile {
		return nil, failure("fileSize", m{"filePath": path})
	}
	data, err := os.ReadFile(full)
	if err != nil {
		return nil, failure("fileNotFound", m{"message": path})
	}
	f := &file{id: o.id(), name: filepath.Base(path), size: info.Size(), path: path, data: data, status: m{"type": "sndStored"}}
	o.files[f.id] = f
	return f, nil
}

// onDisk is where a path of the protocol is.
func (s *Server) onDisk(path string) string {
	if filepath.IsAbs(path) || s.opts.Folder == "" {
		return path
	}
	return filepath.Join(s.opts.Folder, path)
}

// meta is the FileTransferMeta of a file that is sent.
func (f *file) meta() m {
	return m{"fileId": f.id, "fileName": f.name, "filePath": f.path, "fileSize": f.size, "chunkSize": 4 << 20, "cancelled": f.is("sndCancelled")}
}

// upload brings a file to the servers.
func (s *Server) upload(it *item) {
	f := it.file
	f.item = it
	if f.is("sndCancelled") {
		return
	}
	u := it.chat.user
	f.status = m{"type": "sndTransfer", "sndProgress": f.size / 2, "sndTotal": f.size}
	s.tell(u, "sndFileProgressXFTP", m{"chatItem_": it.pair(s), "fileTransferMeta": f.meta(), "sentSize": f.size / 2, "totalSize": f.size})
	f.status = m{"type": "sndComplete"}
	s.tell(u, "sndFileCompleteXFTP", m{"chatItem": it.pair(s), "fileTransferMeta": f.meta()})
}

// transfer is the RcvFileTransfer of a file that is received.
func (f *file) transfer() m {
	status := m{"type": "new"}
	switch {
	case f.is("rcvCancelled"):
		status = m{"type": "cancelled"}
	case f.is("rcvComplete"):
		status = m{"type": "complete", "filePath": f.path}
	case !f.is("rcvInvitation"):
		status = m{"type": "accepted", "filePath": f.path}
	}
	return m{
		"fileId": f.id, "fileInvitation": m{"fileName": f.name, "fileSize": f.size}, "fileStatus": status, "fileType": "normal",
		"senderDisplayName": f.sender, "chunkSize": 4 << 20, "cancelled": f.is("rcvCancelled"),
	}
}

func (t *text) receiveFile() action {
	id := t.num()
	approved := t.opt(" approved_relays=on")
	crypto := t.flag("encrypt")
	t.flag("inline")
	path := ""
	if t.opt(" ") {
		path = t.line()
	}
	return func(o *op) (m, error) {
		f := o.files[id]
		switch {
		case f == nil || f.item == nil || f.item.sent:
			return nil, missing("rcvFileNotFound", m{"fileId": id})
		case f.is("rcvCancelled"):
			return o.answer("rcvFileAcceptedSndCancelled", m{"rcvFileTransfer": f.transfer()})
		case !f.is("rcvInvitation"):
			return nil, failure("fileAlreadyReceiving", m{"message": f.name})
		}
		f.path, f.crypto = path, crypto
		if path == "" {
			f.path = o.freeName(f.name)
		}
		f.status = m{"type": "rcvAccepted"}
		o.later(func() { o.download(f, approved) })
		return o.answer("rcvFileAccepted", m{"chatItem": f.item.pair(o.Server)})
	}
}

// freeName is one that no file in the folder has. What the sender calls it has no say in
// where it is.
func (s *Server) freeName(name string) string {
	name = filepath.Base(filepath.Clean("/" + name))
	ext := filepath.Ext(name)
	for n, try := 0, name; ; try = strings.TrimSuffix(name, ext) + "_" + strconv.Itoa(n) + ext {
		if _, err := os.Lstat(s.onDisk(try)); s.opts.Folder == "" || err != nil {
			return try
		}
		n++
	}
}

// download brings a file from the servers.
func (s *Server) download(f *file, approved bool) {
	u := f.item.chat.user
	if f.approval && !approved {
		f.status, f.path = m{"type": "rcvInvitation"}, ""
		s.emit(m{"type": "chatError", "chatError": m(failure("fileNotApproved", m{"fileId": f.id, "unknownServers": []any{"xftp.example.org"}}))})
		s.tell(u, "chatItemUpdated", m{"chatItem": f.item.pair(s)})
		return
	}
	if !f.is("rcvAccepted") {
		return
	}
	f.status = m{"type": "rcvTransfer", "rcvProgress": 0, "rcvTotal": f.size}
	s.tell(u, "rcvFileStart", m{"chatItem": f.item.pair(s)})
	f.status = m{"type": "rcvTransfer", "rcvProgress": f.size / 2, "rcvTotal": f.size}
	s.tell(u, "rcvFileProgressXFTP", m{"chatItem_": f.item.pair(s), "receivedSize": f.size / 2, "totalSize": f.size, "rcvFileTransfer": f.transfer()})
	if f.broken || s.store(f) != nil {
		f.status = m{"type": "rcvError", "rcvFileError": m{"type": "noFile"}}
		s.tell(u, "rcvFileError", m{"chatItem_": f.item.pair(s), "agentError": m{"type": "XFTP", "serverAddress": "xftp.example.org", "xftpErr": m{"type": "AUTH"}},
			"rcvFileTransfer": f.transfer()})
		return
	}
	f.status = m{"type": "rcvComplete"}
	s.tell(u, "rcvFileComplete", m{"chatItem": f.item.pair(s)})
}

// store writes a received file where the program keeps files.
func (s *Server) store(f *file) error {
	if s.opts.Folder == "" {
		return nil
	}
	return os.WriteFile(s.onDisk(f.path), f.data, 0o600)
}

func (t *text) cancelFile() action {
	id := t.num()
	return func(o *op) (m, error) {
		f := o.files[id]
		if f == nil || f.item == nil {
			return nil, missing("fileNotFound", m{"fileId": id})
		}
		if f.is("rcvComplete") || f.is("sndCancelled") || f.is("rcvCancelled") || f.is("sndComplete") {
			return nil, failure("fileCancel", m{"fileId": id, "message": "file transfer is complete or cancelled"})
		}
		if f.item.sent {
			f.status = m{"type": "sndCancelled"}
			return o.answer("sndFileCancelled", m{"chatItem_": f.item.pair(o.Server), "fileTransferMeta": f.meta(), "sndFileTransfers": []any{}})
		}
		f.status = m{"type": "rcvCancelled"}
		return o.answer("rcvFileCancelled", m{"chatItem_": f.item.pair(o.Server), "rcvFileTransfer": f.transfer()})
	}
}
