package warden

import "botd/engine"

// aloud is what happens with the receipt of an action: a warning that the network cannot
// whisper to that user, who may be no contact of the bot or take nothing from it, is said
// in the room.
func (w *Warden) aloud(a Action, done func(engine.Receipt)) func(engine.Receipt) {
	whisper, ok := a.Action.(engine.Whisper)
	if !ok {
		return done
	}
	return func(r engine.Receipt) {
		code := engine.CodeOf(r.Error())
		caps, _ := w.opt.Caps(a.Session, whisper.Room)
		if r.Status != engine.Failed || code != engine.NotFound && code != engine.Denied || !caps.Can.Has(engine.CapSay) {
			done(r)
			return
		}
		a.Action = engine.Say{Room: whisper.Room, Text: "@" + whisper.User.Name + ": " + whisper.Text}
		w.opt.Do(a, done)
	}
}
