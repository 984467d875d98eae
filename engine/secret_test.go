package engine_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"botd/engine"
)

func TestSecretIsNeverShown(t *testing.T) {
	secret := engine.Secret("hunter2")
	for _, x := range []any{secret, &secret, []engine.Secret{secret}, map[string]any{"k": secret}, struct{ S engine.Secret }{secret}} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d", "%t", "%10s"} {
			got := fmt.Sprintf(verb, x)
			if strings.Contains(got, "hunter2") || strings.Contains(got, "68756e74657232") {
				t.Errorf("%s of %T shows it: %s", verb, x, got)
			}
		}
		if b, err := json.Marshal(x); err != nil || strings.Contains(string(b), "hunter2") {
			t.Errorf("JSON of %T: %s, %v", x, b, err)
		}
	}
	if got := fmt.Sprintf("%v %#v %v", secret, secret, engine.Secret("")); got != `[secret] "[secret]" ` {
		t.Errorf("got %s", got)
	}
}
