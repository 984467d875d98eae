package supervisor_test

import (
	"context"
	"fmt"

	"botd/engine"
	"botd/engine/enginetest"
	"botd/engine/outbox"
	"botd/engine/supervisor"
)

// A session is started, says something as soon as it is online, and ends with Run.
func Example() {
	network := &enginetest.Network{}
	sup := supervisor.New(supervisor.Options{Emit: func(ev *engine.Event) {
		fmt.Println(ev.Path(), ev.Kind())
	}})
	adapter := network.Adapter()
	err := sup.Start(supervisor.Spec{
		Name: "demo", Adapter: adapter, Settings: adapter.Settings(), Rooms: []engine.RoomID{"lobby"},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx, stop := context.WithCancel(context.Background())
	sup.Do("demo", outbox.Item{
		Action: engine.Say{Room: "lobby", Text: "hello"},
		Lane:   engine.LaneReply,
		Done: func(r engine.Receipt) {
			fmt.Println("hello was", r.Status)
			stop()
		},
	})
	if err := sup.Run(ctx); err != nil {
		fmt.Println(err)
	}
	// Output:
	// demo/lobby connect
	// hello was sent
	// demo/lobby disconnect
}
