package enginetest

import (
	"sync"

	"botd/engine"
)

// Vault is an [engine.Vault] in memory. The zero value is empty and ready.
type Vault struct {
	mu sync.Mutex
	c  engine.Credential
}

var _ engine.Vault = (*Vault)(nil)

func (v *Vault) Load() (engine.Credential, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.c, nil
}

func (v *Vault) Save(c engine.Credential) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.c = c
	return nil
}
