package config_test

import (
	"os"
	"path/filepath"
	"testing"

	"botd/engine"
	"botd/engine/config"
)

func TestDataDir(t *testing.T) {
	tests := []struct {
		name, text string
		environ    []string
		want       string // below the folder of the file; "" for an error
	}{
		{"default", "", nil, "data"},
		{"named", "data_dir: state", nil, "state"},
		{"a secret that is not set", "data_dir: state\nsessions: [{name: a, adapter: b, settings: {password: \"${env:NOBODY}\"}}]", nil, "state"},
		{"other faults", "data_dir: state\nlimits: {steps: -1}\nfoo: 1", nil, "state"},
		{"a variable", "data_dir: state", []string{"BOTD_DATA_DIR=other"}, "other"},
		{"no text", "data_dir: [state]", nil, ""},
		{"empty", "data_dir: ''", nil, ""},
		{"no YAML", "data_dir: [", nil, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			file := filepath.Join(dir, "config.yaml")
			if err := os.WriteFile(file, []byte(tt.text), 0o600); err != nil {
				t.Fatal(err)
			}
			got, err := config.DataDir(file, tt.environ)
			if tt.want == "" {
				if engine.CodeOf(err) != engine.Invalid {
					t.Errorf("got %q, err %v", got, err)
				}
				return
			}
			if want := filepath.Join(dir, tt.want); err != nil || got != want && got != tt.want {
				t.Errorf("got %q, %v; want %q", got, err, want)
			}
		})
	}
	if _, err := config.DataDir(filepath.Join(t.TempDir(), "none.yaml"), nil); engine.CodeOf(err) != engine.NotFound {
		t.Errorf("err %v", err)
	}
}
