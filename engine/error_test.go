package engine_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"testing"

	"botd/engine"
)

func TestErrorText(t *testing.T) {
	tests := []struct {
		name string
		err  *engine.Error
		want string
	}{
		{"nothing but a code", &engine.Error{Code: engine.Timeout}, "timeout"},
		{"a message", engine.Errorf(engine.Invalid, "no role %q", "king"), `no role "king"`},
		{"operation, message and cause", &engine.Error{Op: "join", Msg: "refused", Err: io.EOF}, "join: refused: EOF"},
		{"a cause is not said twice", engine.Errorf(engine.Internal, "read: %w", io.EOF), "read: EOF"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.err.Error(); got != tt.want {
				t.Errorf("got %q; want %q", got, tt.want)
			}
		})
	}
}

func TestErrorfKeepsTheCause(t *testing.T) {
	err := engine.Errorf(engine.NotConnected, "read frame: %w", io.ErrUnexpectedEOF)
	if !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Error("the cause is lost")
	}
}

func TestCodeOf(t *testing.T) {
	denied := engine.Errorf(engine.Denied, "no")
	tests := []struct {
		name string
		err  error
		want engine.Code
	}{
		{"nil", nil, ""},
		{"one of ours", denied, engine.Denied},
		{"wrapped", fmt.Errorf("join: %w", denied), engine.Denied},
		{"a stranger", io.EOF, engine.Internal},
		{"the outermost of two", engine.Errorf(engine.Conflict, "taken: %w", denied), engine.Conflict},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := engine.CodeOf(tt.err); got != tt.want {
				t.Errorf("got %q; want %q", got, tt.want)
			}
		})
	}
}

func TestAsError(t *testing.T) {
	if got := engine.AsError(nil); got != nil {
		t.Errorf("AsError(nil) = %v", got)
	}
	denied := engine.Errorf(engine.Denied, "no")
	if got := engine.AsError(fmt.Errorf("join: %w", denied)); got != denied {
		t.Errorf("got %v; want the error in the chain", got)
	}
	got := engine.AsError(io.EOF)
	if got.Code != engine.Internal || !errors.Is(got, io.EOF) {
		t.Errorf("got %#v; want an internal error around EOF", got)
	}
	if strings.Contains(got.Msg, "EOF") {
		t.Errorf("Msg %q tells a room about an error nobody meant for it", got.Msg)
	}
}

func TestUnsupportedErrorNamesTheCapability(t *testing.T) {
	err := engine.UnsupportedError(engine.Ban{Address: true})
	if err.Code != engine.Unsupported || err.Op != "ban" || !strings.Contains(err.Msg, "ban_address") {
		t.Errorf("got %#v", err)
	}
}

func TestReceiptError(t *testing.T) {
	if err := (engine.Receipt{Status: engine.Sent}).Error(); err != nil {
		t.Errorf("a sent action has the error %v", err)
	}
	failed := engine.Fail(io.EOF)
	if failed.Status != engine.Failed || engine.CodeOf(failed.Error()) != engine.Internal {
		t.Errorf("Fail(EOF) = %+v", failed)
	}
}

// silent is a session that never answers.
type silent struct{ engine.Session }

func (silent) Do(context.Context, engine.Action, func(engine.Receipt)) {}

// prompt is a session that answers before Do returns.
type prompt struct{ engine.Session }

func (prompt) Do(_ context.Context, _ engine.Action, done func(engine.Receipt)) {
	done(engine.Receipt{Status: engine.Echoed, Message: "7"})
}

func TestDo(t *testing.T) {
	if got := engine.Do(t.Context(), prompt{}, engine.Say{}); got.Status != engine.Echoed || got.Message != "7" {
		t.Errorf("got %+v; want the session's own receipt", got)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	got := engine.Do(ctx, silent{}, engine.Say{})
	if got.Status != engine.Unknown || engine.CodeOf(got.Error()) != engine.Timeout {
		t.Errorf("got %+v; want unknown with code timeout", got)
	}
}

func TestSecretStaysHidden(t *testing.T) {
	secret := engine.Secret("hunter2")
	var log strings.Builder
	slog.New(slog.NewTextHandler(&log, nil)).Info("login", "password", secret)
	encoded, err := json.Marshal(map[string]any{"password": secret})
	if err != nil {
		t.Fatal(err)
	}
	shown := fmt.Sprintf("%s %v %q %+v %#v %x", secret, secret, secret, struct{ P engine.Secret }{secret}, secret, secret)
	for _, out := range []string{log.String(), string(encoded), shown} {
		if strings.Contains(out, "hunter2") || strings.Contains(out, "68756e74657232") {
			t.Errorf("shown in %s", out)
		}
	}
	if secret.Reveal() != "hunter2" {
		t.Error("Reveal does not give the value")
	}
	if s := engine.Secret("").String(); s != "" {
		t.Errorf("no secret reads %q", s)
	}
}
