package main

import "testing"

// TestUpToDate fails when the generated files are not those of the code, and when a
// function or a property has no doc comment.
func TestUpToDate(t *testing.T) {
	root, err := moduleRoot()
	if err != nil {
		t.Fatal(err)
	}
	files, err := generate(root)
	if err != nil {
		t.Fatal(err)
	}
	if err := compare(root, files); err != nil {
		t.Error(err)
	}
}
