package simplextest_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"botd/adapters/adaptertest"
	"botd/adapters/internal/wsconn"
	"botd/adapters/simplex/internal/api"
	"botd/adapters/simplex/simplextest"
)

type m = map[string]any

// rig is a simulator in a bubble, and a client of it.
type rig struct {
	*testing.T
	*simplextest.Server
	wire *adaptertest.Wire
	*client
}

// in runs a test in a bubble.
func in(t *testing.T, opts simplextest.Options, f func(r *rig)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		r := &rig{T: t, Server: simplextest.New(opts), wire: adaptertest.NewWire(t)}
		srv := &http.Server{Handler: r.Server}
		served := make(chan struct{})
		go func() {
			defer close(served)
			srv.Serve(r.wire)
		}()
		r.client = r.dial()
		f(r)
		r.Server.Close()
		srv.Close()
		<-served
	})
}

// client keeps all that comes.
type client struct {
	rig    *rig
	conn   *wsconn.Conn
	n      int
	frames chan m
	queue  []m // taken from frames, not yet asked for
}

func (r *rig) dial() *client {
	r.Helper()
	conn, err := wsconn.Dial(r.Context(), "ws://simulator/any?path", wsconn.Config{Dial: r.wire.Dial, ReadLimit: 64 << 20, PingEvery: -1, DeadAfter: 1000 * time.Hour})
	if err != nil {
		r.Fatal(err)
	}
	c := &client{rig: r, conn: conn, frames: make(chan m, 10000)}
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer close(c.frames)
		for {
			b, err := conn.Read()
			if err != nil {
				return
			}
			var f m
			if json.Unmarshal(b, &f) != nil {
				f = m{"garbage": string(b)}
			}
			c.frames <- f
		}
	}()
	r.Cleanup(func() {
		conn.Abort()
		<-done
	})
	synctest.Wait() // until the server has it
	return c
}

// write sends a command and returns its corrId.
func (c *client) write(cmd string) string {
	c.n++
	id := fmt.Sprint("c", c.n)
	b, _ := json.Marshal(m{"corrId": id, "cmd": cmd})
	c.raw(string(b))
	return id
}

func (c *client) raw(frame string) { c.conn.Write(c.rig.Context(), []byte(frame)) }

// settle takes all that has come.
func (c *client) settle() {
	time.Sleep(time.Millisecond)
	synctest.Wait()
	for {
		select {
		case f, ok := <-c.frames:
			if !ok {
				return
			}
			c.queue = append(c.queue, f)
		default:
			return
		}
	}
}

// take removes the frames that match from what has come.
func (c *client) take(match func(m) bool) (found []m) {
	c.settle()
	c.queue = slices.DeleteFunc(c.queue, func(f m) bool {
		if match(f) {
			found = append(found, f)
			return true
		}
		return false
	})
	return found
}

// ask sends a command and returns the response, which has to be of its kind and as the bot
// reference describes it.
func (c *client) ask(cmd string) m {
	c.rig.Helper()
	resp := c.answer(c.write(cmd))
	commands := c.rig.Commands()
	if resp["type"] == "chatCmdError" {
		c.rig.conforms("errors::ChatError", resp["chatError"])
		return resp
	}
	if known := api.Load().Command(commands[len(commands)-1].Name); known != nil {
		i := slices.IndexFunc(known.Answers, func(a api.Message) bool { return a.Tag == resp["type"] })
		if i < 0 {
			c.rig.Errorf("%s: the answer is a %v", cmd, resp["type"])
			return resp
		}
		c.rig.conformsTo(known.Answers[i].Fields, resp)
	}
	return resp
}

func (c *client) answer(id string) m {
	c.rig.Helper()
	found := c.take(func(f m) bool { return f["corrId"] == id })
	if len(found) != 1 {
		c.rig.Fatalf("%d answers to %s", len(found), id)
	}
	resp, _ := found[0]["resp"].(m)
	return resp
}

// wants asks and expects a tag.
func (c *client) wants(cmd, tag string) m {
	c.rig.Helper()
	resp := c.ask(cmd)
	if resp["type"] != tag {
		c.rig.Errorf("%s: %s, want %s", cmd, brief(resp), tag)
	}
	return resp
}

// fails asks and expects an error: the tag of the innermost object.
func (c *client) fails(cmd, tag string) {
	c.rig.Helper()
	resp := c.ask(cmd)
	e, _ := resp["chatError"].(m)
	for _, key := range []string{"errorType", "storeError", "remoteCtrlError"} {
		if inner, ok := e[key].(m); ok && inner["type"] == tag {
			return
		}
	}
	c.rig.Errorf("%s: %s, want the error %s", cmd, brief(resp), tag)
}

func brief(v any) string {
	b, _ := json.Marshal(v)
	return string(b[:min(len(b), 300)])
}

// events are those that have come, as the bot reference describes them.
func (c *client) events() []m {
	c.rig.Helper()
	var list []m
	for _, f := range c.take(func(f m) bool { return f["corrId"] == nil }) {
		ev, _ := f["resp"].(m)
		list = append(list, ev)
		known := slices.IndexFunc(api.Load().Events, func(e api.Event) bool { return e.Tag == ev["type"] })
		if known >= 0 {
			c.rig.conformsTo(api.Load().Events[known].Fields, ev)
		}
	}
	return list
}

// tells expects events, by their tags.
func (c *client) tells(tags ...string) []m {
	c.rig.Helper()
	events := c.events()
	var got []string
	for _, ev := range events {
		tag, _ := ev["type"].(string)
		got = append(got, tag)
	}
	if strings.Join(got, " ") != strings.Join(tags, " ") {
		c.rig.Errorf("events are\n  %s\nwant\n  %s", strings.Join(got, " "), strings.Join(tags, " "))
	}
	return events
}

// conforms holds a value to a type of the bot reference: nothing is missing, nothing is
// there that it does not know, nothing is null.
func (r *rig) conforms(typ string, v any) {
	r.Helper()
	for _, fault := range faults(typ, v, typ) {
		r.Error(fault)
	}
}

func (r *rig) conformsTo(fields []api.Field, v m) {
	r.Helper()
	tag, _ := v["type"].(string)
	for _, fault := range fieldFaults(append([]api.Field{{Name: "type", Type: "string"}}, fields...), v, tag) {
		r.Error(fault)
	}
}

func faults(typ string, v any, path string) []string {
	typ = strings.TrimPrefix(typ, "errors::")
	if inner, ok := strings.CutPrefix(typ, "["); ok {
		list, ok := v.([]any)
		if !ok {
			return []string{path + ": no list"}
		}
		var all []string
		for i, e := range list {
			all = append(all, faults(strings.TrimSuffix(inner, "]"), e, fmt.Sprintf("%s[%d]", path, i))...)
		}
		return all
	}
	if inner, ok := strings.CutPrefix(typ, "{string:"); ok {
		object, ok := v.(m)
		if !ok {
			return []string{path + ": no object"}
		}
		var all []string
		for key, e := range object {
			all = append(all, faults(strings.TrimSuffix(inner, "}"), e, path+"."+key)...)
		}
		return all
	}
	known := api.Load().Type(typ)
	if known == nil {
		return basicFaults(typ, v, path)
	}
	object, _ := v.(m)
	switch known.Kind {
	case "enum":
		if s, ok := v.(string); !ok || !slices.Contains(known.Values, s) {
			return []string{fmt.Sprintf("%s: %v is no %s", path, v, typ)}
		}
		return nil
	case "union":
		i := slices.IndexFunc(known.Variants, func(o api.Message) bool { return object != nil && o.Tag == object["type"] })
		if i < 0 {
			return []string{fmt.Sprintf("%s: %v is no %s", path, brief(v), typ)}
		}
		return fieldFaults(append([]api.Field{{Name: "type", Type: "string"}}, known.Variants[i].Fields...), object, path)
	}
	if known.Open {
		return nil
	}
	return fieldFaults(known.Fields, object, path)
}

func basicFaults(typ string, v any, path string) []string {
	ok := false
	switch typ {
	case "bool":
		_, ok = v.(bool)
	case "string":
		_, ok = v.(string)
	case "UTCTime":
		s, _ := v.(string)
		_, err := time.Parse(time.RFC3339Nano, s)
		ok = err == nil && strings.HasSuffix(s, "Z")
	case "JSONObject":
		_, ok = v.(m)
	case "int", "int64", "word32", "double":
		_, ok = v.(float64)
	}
	if !ok {
		return []string{fmt.Sprintf("%s: %v is no %s", path, brief(v), typ)}
	}
	return nil
}

func fieldFaults(fields []api.Field, v m, path string) (all []string) {
	if v == nil {
		return []string{path + ": no object"}
	}
	for _, f := range fields {
		switch value, given := v[f.Name]; {
		case given:
			all = append(all, faults(f.Type, value, path+"."+f.Name)...)
		case !f.Optional:
			all = append(all, path+"."+f.Name+": missing")
		}
	}
	for name := range v {
		if !slices.ContainsFunc(fields, func(f api.Field) bool { return f.Name == name }) {
			all = append(all, path+"."+name+": not known")
		}
	}
	return all
}
