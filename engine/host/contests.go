package host

import (
	"context"
	"crypto/rand"
	"path/filepath"

	"botd/engine"
	"botd/engine/actions"
	"botd/engine/contest"
	"botd/engine/script"
)

// proofDir is the folder for the proofs of raffles, in the data folder.
const proofDir = "raffles"

// newContests makes the polls and raffles of scripts.
func (h *Host) newContests() *contest.Manager {
	return contest.New(contest.Options{
		Clock: h.opt.Clock, Log: h.log,
		Do: func(a contest.Action, done func(engine.Receipt)) {
			h.gate.Do(actions.Request{
				Origin: actions.Origin{Script: a.Script}, Session: a.Session, Action: a.Action, Lane: a.Lane, Durable: a.Durable,
				Via: sender{h.super, h.lines, a.With},
			}, done)
		},
		Caps:     func(s engine.SessionID, r engine.RoomID) (engine.Capabilities, bool) { return h.super.Caps(s, r) },
		Room:     h.contestRoom,
		Prefix:   func(s engine.SessionID, r engine.Room) string { return h.prefixes.Load().Of(s, r) },
		Known:    func(s engine.SessionID, role string) error { return h.knownRole(role, h.platformOf(s)) },
		Forgets:  func(s engine.SessionID) bool { return h.inProcess(h.platformOf(s)) },
		Permit:   func(name string) error { return h.gate.Permit(name, engine.CapPoll.Grant(), "open polls and raffles") },
		Publish:  h.bus.Publish,
		Random:   func(b []byte) { _, _ = rand.Read(b) }, // it never fails
		ProofDir: filepath.Join(h.opt.Config.DataDir, proofDir),
	})
}

func (h *Host) contestRoom(p engine.RoomPath) (script.RoomState, bool) {
	r, ok := h.roster.Room(p)
	return script.RoomState{Path: r.Path, Session: r.Session, Platform: r.Platform, Room: r.Room, Online: r.Online, Me: r.Me}, ok
}

func (h *Host) platformOf(s engine.SessionID) string {
	for _, st := range h.super.Status() {
		if st.Session == s {
			return st.Adapter
		}
	}
	return ""
}

// runContests runs them until stop is called, which waits for what they have under way.
func (h *Host) runContests(ctx context.Context) (stop func()) {
	running, cancel := context.WithCancel(context.WithoutCancel(ctx))
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		h.contests.Run(running)
	}()
	return func() {
		cancel()
		<-ended
	}
}

// Contest leads to the polls and raffles of the daemon.
func (d door) Contest(r script.ContestRequest, done func(script.ContestAnswer)) func() {
	return d.h.contests.Do(r, done)
}
