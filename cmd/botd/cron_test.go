package main

import (
	"bytes"
	"strings"
	"testing"
	"time"
)

func TestCronNext(t *testing.T) {
	tests := []struct {
		args string
		want string
		code int
	}{
		{"0 9 * * 1-5|--tz|Europe/Rome|--count|2", "Mon 2026-03-30 09:00:00 +02:00\nTue 2026-03-31 09:00:00 +02:00\n", exitFine},
		{"30 2 * * *|--tz|Europe/Rome|-n|1", "Sun 2026-03-29 03:00:00 +02:00\n", exitFine},
		{"30 2 * * *|--tz|Europe/Rome|-n|1|--dst|shift", "Sun 2026-03-29 03:30:00 +02:00\n", exitFine},
		{"30|2|*|*|*|-n|1", "Sun 2026-03-29 02:30:00 +00:00\n", exitFine},
		{"@every 1d|--json|-n|1", "[\n  \"2026-03-29T12:00:00Z\"\n]\n", exitFine},
		{"0 25 * * *", `botd: hour: "25" is not right`, exitUsage},
		{"TZ=", "botd: the time zone", exitUsage},
		{"@daily|--tz|Rome", `botd: no time zone "Rome"`, exitUsage},
		{"@daily|--dst|never", `botd: no rule "never"; there are once, skip, shift`, exitUsage},
		{"@daily|--count|0", "botd: --count is from 1", exitUsage},
		{"", "botd: requires at least 1 arg", exitUsage},
	}
	for _, tt := range tests {
		args := []string{"cron", "next"}
		if tt.args != "" {
			args = append(args, strings.Split(tt.args, "|")...)
		}
		var out bytes.Buffer
		code := run(env{
			args: args, stdin: strings.NewReader(""), stdout: &out, stderr: &out,
			now: func() time.Time { return time.Date(2026, 3, 28, 12, 0, 0, 0, time.UTC) },
		})
		if code != tt.code || !strings.HasPrefix(out.String(), tt.want) {
			t.Errorf("%s: exit code %d, want %d; output\n%swant\n%s", tt.args, code, tt.code, &out, tt.want)
		}
	}
}
