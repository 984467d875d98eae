package script

import (
	"strings"
	"testing"
)

func TestExcerptOfALongLine(t *testing.T) {
	src := "short\n" + strings.Repeat("é", 100_000) + "\nlast\r\n"
	got := Excerpt([]byte(src), 2)
	if len(got) != 3 || got[0].Text != "short" || got[2].Text != "last" {
		t.Fatalf("got %d lines", len(got))
	}
	if long := got[1].Text; len(long) > maxExcerpt+len("…") || !strings.HasSuffix(long, "é…") {
		t.Errorf("%d bytes, end %q", len(long), long[len(long)-5:])
	}
}
