package local_test

import (
	"fmt"

	"botd/adapters/local"
	"botd/engine"
)

// A prompt, a page or a test is a participant: it hears what happens in the room, and
// acts in it.
func ExampleRoom_Join() {
	hub := local.NewHub(local.Options{})
	lobby := hub.Room("lobby")

	hear := func(ev engine.Event) {
		if m, ok := ev.Body.(engine.Message); ok && !ev.Self {
			fmt.Printf("%s> %s\n", ev.User.Name, m.Text)
		}
	}
	you, err := lobby.Join(local.Visit{User: engine.User{Name: "you", Role: engine.Owner}, Hear: hear})
	if err != nil {
		fmt.Println(err)
		return
	}
	ann, err := lobby.Join(local.Visit{User: engine.User{Name: "ann"}})
	if err != nil {
		fmt.Println(err)
		return
	}
	ann.Say("hello")
	you.Do(engine.Kick{User: ann.User().Ref(), Reason: "just testing"})
	_, err = ann.Say("hey!")
	fmt.Println(err)
	// Output:
	// ann> hello
	// ann is in no room
}
