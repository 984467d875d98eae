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
	"botd/engine/durable"
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

// Save replaces the file as a whole. It is for the user alone.
func (v vault) Save(c engine.Credential) error {
	b, err := json.Marshal(vaultFile{c.Secret.Reveal(), c.Since})
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(v.path), 0o700); err != nil {
		return err
	}
	return durable.Replace(v.path, b, 0o600)
}
