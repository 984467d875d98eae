package host

import (
	"errors"

	"botd/engine/script"
)

// Fault is an error of a script with all its author needs to see.
type Fault = script.Error

// FaultsOf returns the faults among the errors that err joins.
func FaultsOf(err error) []*Fault {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		var out []*Fault
		for _, e := range joined.Unwrap() {
			out = append(out, FaultsOf(e)...)
		}
		return out
	}
	if f := (*Fault)(nil); errors.As(err, &f) {
		return []*Fault{f}
	}
	return nil
}
