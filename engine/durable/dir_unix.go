//go:build unix

package durable

import "os"

// SyncDir returns when the names in a folder are on the disk.
func SyncDir(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}
