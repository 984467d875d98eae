package hackmud_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"botd/adapters/hackmud"
	"botd/engine"
)

// The table of failures, as the server words them.
func TestErrors(t *testing.T) {
	retry := http.Header{"Retry-After": {"17"}}
	tests := []struct {
		name     string
		endpoint string
		status   int
		header   http.Header
		body     string
		code     engine.Code
		wait     time.Duration
		text     string // part of the message
	}{
		{"fine", "chats", 200, nil, `{"ok":true,"chats":{}}`, "", 0, ""},
		{"bad pass", "get_token", 401, nil, `{"ok":false,"msg":"expired or invalid pass"}`, engine.Denied, 0, "expired or invalid pass"},
		{"bad pass, other status", "get_token", 403, nil, `{"ok":false,"msg":"Expired or invalid pass"}`, engine.Denied, 0, "pass"},
		{"bad pass without a word", "get_token", 401, nil, ``, engine.Denied, 0, "pass"},
		{"token ended", "chats", 401, nil, ``, engine.Denied, 0, "chat_pass"},
		{"token ended, old form", "account_data", 200, nil, `{"error":"you need to authenticate first"}`, engine.Denied, 0, "chat_pass"},
		{"account_data too soon", "account_data", 429, nil, `{"ok":false,"msg":"token pollrate exceeded - 1 per 4500ms"}`, engine.RateLimited, 5 * time.Second, "pollrate"},
		{"chats too soon", "chats", 429, nil, `{"ok":false,"msg":"token pollrate exceeded - 1 per 700ms"}`, engine.RateLimited, 2 * time.Second, "pollrate"},
		{"too soon, with a time", "chats", 429, retry, ``, engine.RateLimited, 17 * time.Second, ""},
		{"no bound", "chats", 403, nil, `{"ok":false,"msg":"no valid before or after timestamp was provided"}`, engine.Internal, 0, "before or after"},
		{"no users", "chats", 403, nil, `{"ok":false,"msg":"no valid usernames were provided","invalid_usernames":["x"]}`, engine.NotFound, 0, "usernames"},
		{"sending too fast", "create_chat", 403, nil, `{"ok":false,"msg":"sending messages too fast"}`, engine.RateLimited, 4 * time.Second, ""},
		{"too long", "create_chat", 403, nil, `{"ok":false,"msg":"msg too long or too many newlines (1000/10)"}`, engine.Invalid, 0, ""},
		{"empty", "create_chat", 403, nil, `{"ok":false,"msg":"must provide a msg"}`, engine.Invalid, 0, ""},
		{"no channel", "create_chat", 403, nil, `{"ok":false,"msg":"channel doesn't exist"}`, engine.NotFound, 0, ""},
		{"no target", "create_chat", 403, nil, `{"ok":false,"msg":"tell user doesn't exist"}`, engine.NotFound, 0, ""},
		{"new words", "create_chat", 403, nil, `{"ok":false,"msg":"you are muted\u0007"}`, engine.Denied, 0, "you are muted"},
		{"ok but not", "create_chat", 200, nil, `{"ok":false,"msg":"you are muted"}`, engine.Denied, 0, "you are muted"},
		{"error page", "chats", 500, nil, `<html>`, engine.NotConnected, 0, "500"},
		{"maintenance", "chats", 503, retry, `<html>`, engine.NotConnected, 17 * time.Second, "503"},
		{"empty answer", "chats", 200, nil, ``, engine.NotConnected, 0, ""},
		{"cut answer", "chats", 200, nil, `{"ok":true,"chats":{"a":[`, engine.NotConnected, 0, ""},
		{"ok with a bad status", "chats", 500, nil, `{"ok":true}`, engine.NotConnected, 0, ""},
		{"a redirect", "chats", 302, nil, ``, engine.NotConnected, 0, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			header := tt.header
			if header == nil {
				header = http.Header{}
			}
			err := hackmud.ReadAnswer(tt.endpoint, tt.status, header, tt.body)
			if tt.code == "" {
				if err != nil {
					t.Errorf("got %v, want none", err)
				}
				return
			}
			if engine.CodeOf(err) != tt.code {
				t.Fatalf("got %v with code %s, want %s", err, engine.CodeOf(err), tt.code)
			}
			e := engine.AsError(err)
			if e.RetryAfter != tt.wait {
				t.Errorf("retry after %v, want %v", e.RetryAfter, tt.wait)
			}
			if !strings.Contains(strings.ToLower(e.Msg), tt.text) || strings.Contains(e.Msg, "\a") {
				t.Errorf("message %q, want one with %q and no control characters", e.Msg, tt.text)
			}
		})
	}
}
