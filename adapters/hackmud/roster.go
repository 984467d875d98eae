package hackmud

import (
	"maps"
	"slices"

	"botd/engine"
)

// members is who is in each channel.
type members map[string]map[string]bool

// membersOf joins what the own users see: a channel has the members that any of them
// sees in it, and those of them that are in it.
func membersOf(users map[string]map[string][]string, own []string) members {
	out := members{}
	for _, user := range own {
		for channel, list := range users[user] {
			if out[channel] == nil {
				out[channel] = map[string]bool{}
			}
			out[channel][user] = true
			for _, name := range list {
				out[channel][name] = true
			}
		}
	}
	return out
}

// roster follows who is where: by the messages that tell of joins and leaves, and by
// account_data, which corrects them.
type roster struct {
	in    members
	moved map[place]millis // when somebody last joined or left
	// pending is a list of the account that is not compared yet, and the server time it is
	// from, at the earliest.
	pending members
	at      millis
}

type place struct{ channel, user string }

// change is a join or leave of which there was no message.
type change struct {
	place
	joined bool
}

// move takes a join or leave message in.
func (r *roster) move(channel, user string, joined bool, t millis) {
	p := place{channel, user}
	if r.in[channel] == nil || t < r.moved[p] {
		return
	}
	r.moved[p] = t
	if joined {
		r.in[channel][user] = true
	} else {
		delete(r.in[channel], user)
	}
}

// compare brings the pending list and the roster together, once all messages from
// before the list are in. Those who moved at about that time or later are left to the
// next one: which came first cannot be told.
func (r *roster) compare(cursor, overlap millis) []change {
	if r.pending == nil || cursor < r.at+overlap {
		return nil
	}
	var out []change
	for _, channel := range slices.Sorted(maps.Keys(r.pending)) {
		is, want := r.in[channel], r.pending[channel]
		if is == nil {
			continue // it is entered and left as a whole
		}
		for _, user := range slices.Sorted(maps.Keys(want)) {
			if !is[user] && r.settled(channel, user, overlap) {
				is[user] = true
				out = append(out, change{place{channel, user}, true})
			}
		}
		for _, user := range slices.Sorted(maps.Keys(is)) {
			if !want[user] && r.settled(channel, user, overlap) {
				delete(is, user)
				out = append(out, change{place{channel, user}, false})
			}
		}
	}
	old := r.at - overlap
	maps.DeleteFunc(r.moved, func(_ place, t millis) bool { return t < old })
	r.pending = nil
	return out
}

func (r *roster) settled(channel, user string, overlap millis) bool {
	return r.moved[place{channel, user}] < r.at-overlap
}

// users lists a channel's members.
func (r *roster) users(channel string) []engine.User {
	out := []engine.User{}
	for _, name := range slices.Sorted(maps.Keys(r.in[channel])) {
		out = append(out, userOf(name))
	}
	return out
}

func userOf(name string) engine.User {
	return engine.User{ID: engine.UserID(name), Name: name, Account: name, Role: engine.Member}
}
