package hackmud

import (
	"context"
	"encoding/json"
	"log/slog"
	"slices"
	"time"
)

// remember has the position saved as it is now, once scripts have handled what led to it.
func (l *link) remember() {
	if l.env.Keep == nil {
		return
	}
	select {
	case <-l.snapshots: // the newer one holds it
	default:
	}
	l.snapshots <- l.reader.snapshot()
}

// saveNow saves the position before anything has been emitted that it depends on: from then on
// nothing is lost.
func (l *link) saveNow(ctx context.Context) {
	if l.env.Keep == nil {
		return
	}
	if err := l.reader.snapshot().save(ctx, l.env.Keep, l.reader.saves); err != nil {
		l.log.Error("the position could not be saved", slog.Any("err", err))
	}
	l.reader.saves++
}

// lastSave is how long a stopping session waits for scripts and the store.
const lastSave = 500 * time.Millisecond

// saveSnapshots saves positions until ctx ends, each when scripts have handled all that is
// before it. So a crash loses nothing: what was not handled is read again.
func (l *link) saveSnapshots(ctx context.Context) {
	for {
		select {
		case s := <-l.snapshots:
			if l.save(ctx, s) {
				continue
			}
			// Stopped while it waited. If it was handled all the same it is to be saved now: after
			// a farewell nothing should come twice.
			l.saveLast(ctx, s)
			return
		case <-ctx.Done():
			select {
			case s := <-l.snapshots:
				l.saveLast(ctx, s)
			default:
			}
			return
		}
	}
}

func (l *link) saveLast(ctx context.Context, s snapshot) {
	select {
	case s = <-l.snapshots:
	default:
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastSave)
	defer cancel()
	l.save(ctx, s)
}

// save reports whether ctx was still there to wait for the scripts.
func (l *link) save(ctx context.Context, s snapshot) bool {
	if l.env.Handled != nil && l.env.Handled(ctx) != nil {
		return ctx.Err() == nil
	}
	if err := s.save(context.WithoutCancel(ctx), l.env.Keep, l.reader.saves); err != nil {
		l.log.Error("the position could not be saved; after a restart messages may come twice", slog.Any("err", err))
	} else {
		l.log.Debug("position saved", slog.Int64("newest", int64(s.newest)))
	}
	l.reader.saves++
	return true
}

// sendsKey is where the times of a user's last messages are kept: the server goes on
// counting over a restart.
func sendsKey(user string) string { return "sends/" + user }

// noteSend saves that a message is about to be sent. The caller has the gate's turn.
func (l *link) noteSend(ctx context.Context, user string, g *gate) {
	if l.env.Keep == nil {
		return
	}
	b, err := json.Marshal(append(g.ends[max(0, len(g.ends)-sendsWindow+1):len(g.ends):len(g.ends)], time.Now().UTC()))
	if err == nil {
		err = l.env.Keep.Save(ctx, sendsKey(user), b)
	}
	if err != nil && ctx.Err() == nil {
		l.log.Warn("the time of a message could not be saved", slog.Any("err", err))
	}
}

// recallSends takes what the process before has sent into account, once.
func (l *link) recallSends(ctx context.Context, user string, g *gate) error {
	l.mu.Lock()
	known := l.recalled[user]
	l.recalled[user] = true
	l.mu.Unlock()
	if known || l.env.Keep == nil {
		return nil
	}
	b, err := l.env.Keep.Load(ctx, sendsKey(user))
	var calls []time.Time
	if err != nil || json.Unmarshal(b, &calls) != nil {
		return ctx.Err()
	}
	now := time.Now()
	calls = slices.DeleteFunc(calls, func(t time.Time) bool { return t.After(now) || now.Sub(t) > sendWindow })
	return g.recall(ctx, calls)
}
