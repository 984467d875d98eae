package config_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"botd/engine"
	"botd/engine/config"
)

const (
	reference = "tr0ub4dor-from-a-reference"
	literal   = "tr0ub4dor-written-down"
)

const withSecrets = `
data_dir: "${env:SECRET}/data"
admin: {listen: "${env:SECRET}:1"}
commands: {prefix: "${env:SECRET}", rooms: [{room: "*", prefix: "${env:SECRET}"}]}
sessions:
- name: hc
  adapter: "${env:SECRET}"
  rooms: [a, "${env:SECRET}"]
  settings: {password: "${env:SECRET}", token: tr0ub4dor-written-down, deep: [{x: "${env:SECRET}"}]}
scripts:
- name: a
  rooms: ["${env:SECRET}/*"]
  config: {key: "Bearer ${env:SECRET}", list: ["${env:SECRET}", {x: "${env:SECRET}"}]}
`

func TestSecretsAreNeverShown(t *testing.T) {
	cfg := parse(t, withSecrets, "SECRET="+reference)
	shown := make(map[string]string)
	for name, x := range map[string]any{
		"pointer": cfg, "value": *cfg, "slice": []*config.Config{cfg}, "struct": struct{ C config.Config }{*cfg},
		"settings": cfg.Sessions[0].Settings, "script config": cfg.Scripts[0].Config,
	} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
			shown[name+verb] = fmt.Sprintf(verb, x)
		}
		b, err := json.Marshal(x)
		if err != nil {
			t.Fatal(err)
		}
		shown[name+" as json"] = string(b)
		if b, err = yaml.Marshal(x); err != nil {
			t.Fatal(err)
		}
		shown[name+" as yaml"] = string(b)
		var log bytes.Buffer
		slog.New(slog.NewTextHandler(&log, nil)).Info("x", "config", x)
		slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "config", x)
		shown[name+" in the log"] = log.String()
	}
	for how, text := range shown {
		hex := fmt.Sprintf("%x", "tr0ub4dor")
		if strings.Contains(text, "tr0ub4dor") || strings.Contains(strings.ToLower(text), hex) {
			t.Errorf("%s shows a secret:\n%s", how, text)
		}
	}
	if text := cfg.String(); !strings.Contains(text, "listen: '[secret]'") || !strings.Contains(text, "- password") {
		t.Errorf("it does not show that there is a secret:\n%s", text)
	}
}

func TestSecretsReachTheirUse(t *testing.T) {
	cfg := parse(t, withSecrets, "SECRET="+reference)
	if cfg.DataDir != reference+"/data" || cfg.Admin.Listen != reference+":1" || cfg.Sessions[0].Rooms[1] != reference {
		t.Errorf("a reference has no value: %q", cfg.DataDir)
	}
	key, ok := cfg.Scripts[0].Config["key"].(engine.Secret)
	if !ok || key.Reveal() != "Bearer "+reference {
		t.Errorf("key = %#v", cfg.Scripts[0].Config["key"])
	}
	want := map[string]any{"key": "Bearer " + reference, "list": []any{reference, map[string]any{"x": reference}}}
	diff(t, cfg.Scripts[0].RevealedConfig(), want)
	if got := (config.Script{}).RevealedConfig(); got != nil {
		t.Errorf("no config is revealed as %v", got)
	}
}

func TestErrorsDoNotShowSecrets(t *testing.T) {
	text := `
log: {level: "${env:SECRET}", format: "${env:SECRET}"}
admin: {listen: "${env:SECRET}"}
limits: {steps: "${env:SECRET}", alloc: "x${env:SECRET}"}
sessions: [{name: hc, adapter: x, settings: {port: "${env:SECRET}", password: ["tr0ub4dor"], timeout: {x: tr0ub4dor}}}]
`
	lists := `
scripts:
- {name: "${env:SECRET}/", grants: ["${env:SECRET}"], rooms: ["${env:SECRET}"]}
- {name: "${env:SECRET}.lua"}
- {name: "${env:SECRET}"}
- {name: "${env:SECRET}"}
`
	got := strings.Join(problems(t, text+lists, "SECRET="+reference), "\n")
	if n := strings.Count(got, "[secret]"); n != 5 {
		t.Errorf("%d times something is hidden:\n%s", n, got)
	}
	cfg := parse(t, text[strings.Index(text, "sessions"):], "SECRET="+reference)
	var into settings
	got += cfg.Sessions[0].DecodeSettings(&into).Error()
	if strings.Contains(got, "tr0ub4dor") || strings.Count(got, "${env:SECRET}") != 4 {
		t.Errorf("errors show the secret, or not where it comes from:\n%s", got)
	}
}

func TestReferenceProblems(t *testing.T) {
	dir := t.TempDir()
	large := filepath.Join(dir, "large")
	if err := os.WriteFile(large, make([]byte, 70<<10), 0o600); err != nil {
		t.Fatal(err)
	}
	tests := []struct{ name, value, want string }{
		{"variable", "${env:NONE}", "the environment variable NONE is not set; set it before botd starts"},
		{"file", "${file:" + dir + "/none}", "read the secret: stat " + dir + "/none: no such file or directory"},
		{"folder", "${file:" + dir + "}", "the secret " + dir + " is no regular file of at most 64 KiB"},
		{"large file", "${file:" + large + "}", "the secret " + large + " is no regular file of at most 64 KiB"},
		{"kind", "${evn:X}", "${evn:X} is no reference; write ${env:NAME} or ${file:PATH}, or $${ for a literal ${"},
		{"no kind", "${HOME}", "${HOME} is no reference; write ${env:NAME} or ${file:PATH}, or $${ for a literal ${"},
		{"no name", "${env:}", "${env:} is no reference; write ${env:NAME} or ${file:PATH}, or $${ for a literal ${"},
		{"open", "a${env:X", "a reference starts with ${ and has no }; write $${ for a literal ${"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			want := []string{"config.yaml:2: " + tt.want}
			for _, text := range []string{
				"log: {}\ndata_dir: \"" + tt.value + "\"\n",
				"sessions:\n- {name: a, adapter: b, settings: {x: [\"" + tt.value + "\"]}}\n",
				"scripts:\n- {name: a, config: {x: [\"" + tt.value + "\"]}}\n",
			} {
				diff(t, problems(t, text), want)
			}
		})
	}
}

func TestReferencesInWhatIsTurnedOff(t *testing.T) {
	cfg := parse(t, "sessions:\n- name: a\n  adapter: b\n  enabled: false\n  settings: {password: \"${env:NONE}\"}\n")
	if len(cfg.Warnings) != 1 || cfg.Warnings[0].Line != 5 {
		t.Errorf("warnings: %v", cfg.Warnings)
	}
	got := settings{Password: "default"}
	if err := cfg.Sessions[0].DecodeSettings(&got); err != nil || got.Password != "default" {
		t.Errorf("%v, %q", err, got.Password.Reveal())
	}
}

func TestSecretFiles(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{"unix": "p w\n", "windows": "p w\r\n", "bare": "p w", "lines": "p w\n\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "open"), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(filepath.Join(dir, "open"), 0o640); err != nil {
		t.Fatal(err)
	}
	text := "scripts: [{name: a, config: {x: [\"${file:unix}\", \"${file:windows}\", \"${file:bare}\", \"${file:" + dir + "/lines}\", \"$${file:open}\", \"<${file:open}>\"]}}]"
	cfg, err := config.Parse(filepath.Join(dir, "config.yaml"), []byte(text), nil)
	if err != nil {
		t.Fatal(err)
	}
	secret := func(s string) any { return engine.Secret(s) }
	diff(t, cfg.Scripts[0].Config["x"], []any{secret("p w"), secret("p w"), secret("p w"), secret("p w\n"), "${file:open}", secret("<x>")})
	if len(cfg.Warnings) != 1 || !strings.Contains(cfg.Warnings[0].Msg, "chmod 600 "+dir+"/open") {
		t.Errorf("warnings: %v", cfg.Warnings)
	}
	if len(cfg.SecretFiles) != 5 || cfg.SecretFiles[0] != filepath.Join(dir, "unix") {
		t.Errorf("secret files: %q", cfg.SecretFiles)
	}
}
