package host

import (
	"encoding/json"
	"errors"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"botd/engine"
)

// vault is a session's credential in a file of the data folder. It is a file of its own and
// not a value in the store, so that a login needs no running daemon and disturbs none, and
// so that backups of the store hold no tokens.
type vault struct{ path string }

var _ engine.Vault = vault{}

func (h *Host) vault(name engine.SessionID) engine.Vault {
	return vault{filepath.Join(h.opt.Config.DataDir, "logins", "session-"+url.PathEscape(string(name))+".json")}
}

type vaultFile struct {
	Secret string    `json:"secret"`
	Since  time.Time `json:"since"`
}

func (v vault) Load() (engine.Credential, error) {
	b, err := os.ReadFile(v.path)
	if errors.Is(err, fs.ErrNotExist) {
		return engine.Credential{}, nil
	}
	if err != nil {
		return engine.Credential{}, err
	}
	var f vaultFile
	if err := json.Unmarshal(b, &f); err != nil {
		return engine.Credential{}, engine.Errorf(engine.Invalid, "%s is damaged; log in again: %w", v.path, err)
	}
	return engine.Credential{Secret: engine.Secret(f.Secret), Since: f.Since}, nil
}

// Save replaces the file as a whole. Files made by CreateTemp are for the user alone.
func (v vault) Save(c engine.Credential) error {
	b, err := json.Marshal(vaultFile{c.Secret.Reveal(), c.Since})
	if err != nil {
		return err
	}
	dir := filepath.Dir(v.path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(dir, ".new-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // it is gone if all went well
	_, err = f.Write(b)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), v.path)
}
