package hackmud

import (
	"context"
	"log/slog"
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
	}
	l.reader.saves++
	return true
}
