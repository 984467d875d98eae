package engine_test

import (
	"fmt"

	"botd/engine"
)

func ExampleSplit() {
	for _, part := range engine.Split("One sentence.\nAnother one, which is longer.", engine.Limit{Max: 20, Unit: engine.UTF16}) {
		fmt.Printf("%q\n", part)
	}
	// Output:
	// "One sentence."
	// "Another one, which"
	// "is longer."
}
