package admin

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"

	"botd/engine"
	"botd/engine/backtest"
	"botd/engine/chatlog"
	"botd/engine/host"
	"botd/engine/schedule"
	"botd/engine/script"
)

// Host is what the server needs of a daemon.
type Host interface {
	Status() host.Status
	Reload(ctx context.Context, script string) error
	Say(ctx context.Context, room engine.RoomPath, text string) (engine.Receipt, error)
	Tail() *host.Tail
	Cron() []schedule.Info
	CronRun(script, id string) error
	Why(id engine.EventID) (host.Way, error)
	Latest(n int) []*engine.Event
	Restart(session engine.SessionID) error
	Forget(ctx context.Context, q chatlog.Query) (host.Forgotten, error)
	Rules() []backtest.Rules
	Eval(ctx context.Context, name string, e script.Evaluation) (script.Evaluated, error)
	Storage
}

// Storage is what operators may do with the store. A [host.Storage] has it, and a [Client] for
// that of the daemon.
type Storage interface {
	StoredParts(ctx context.Context) ([]string, error)
	Stored(ctx context.Context, part, key string) (host.StoredValue, error)
	ListStored(ctx context.Context, part, prefix, after string) ([]host.StoredValue, error)
	PutStored(ctx context.Context, list []host.StoredValue) error
	RemoveStored(ctx context.Context, part, key string) error
	Backup(ctx context.Context, file string) error
	Restore(ctx context.Context, file string) error
}

var _ Host = (*host.Host)(nil)

const maxBody = 4 << 20

// Server answers for a host.
type Server struct {
	// Grace is how long requests may go on after Serve was told to stop: by default 3 s,
	// longer than a host takes to send what it can and to answer for the rest.
	Grace time.Duration

	host     Host
	log      *slog.Logger
	mux      *http.ServeMux
	busy     sync.WaitGroup
	stopping chan struct{} // closed when Serve was told to stop: streams end
}

// NewServer makes a server; Serve runs it, once.
func NewServer(h Host, log *slog.Logger) *Server {
	s := &Server{Grace: 3 * time.Second, host: h, log: log, mux: http.NewServeMux(), stopping: make(chan struct{})}
	s.handle("GET /v1/status", s.status)
	s.handle("POST /v1/reload", s.reload)
	s.handle("POST /v1/say", s.say)
	s.handle("GET /v1/tail", s.tail)
	s.handle("GET /v1/why", s.why)
	s.handle("GET /v1/latest", s.latest)
	s.handle("POST /v1/restart", s.restart)
	s.handle("POST /v1/messages/forget", s.forget)
	s.handle("GET /v1/rules", s.rules)
	s.handle("GET /v1/cron", s.cron)
	s.handle("POST /v1/cron/run", s.cronRun)
	s.handle("POST /v1/eval", s.eval)
	s.stores()
	return s
}

// handle adds an endpoint that answers with a value, or nil if it has answered itself.
func (s *Server) handle(pattern string, f func(http.ResponseWriter, *http.Request) (any, error)) {
	s.mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
		s.busy.Add(1)
		defer s.busy.Done()
		r.Body = http.MaxBytesReader(w, r.Body, maxBody)
		v, err := f(w, r)
		if errors.Is(err, context.Canceled) {
			err = context.Cause(r.Context())
		}
		code := http.StatusOK
		if err != nil {
			v, code = failure{problemOf(err)}, status(engine.CodeOf(err))
		}
		if v == nil {
			return
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(code)
		enc := json.NewEncoder(w)
		enc.SetEscapeHTML(false)
		if err := enc.Encode(v); err != nil {
			s.log.Debug("answer of the control socket was not read", slog.Any("err", err))
		}
	})
}

// Serve answers until ctx ends; then it ends the streams, gives other requests the grace,
// and returns when nothing of it is left. It closes l.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	base, cut := context.WithCancelCause(context.WithoutCancel(ctx))
	defer cut(nil)
	srv := &http.Server{
		Handler: s.mux, ReadHeaderTimeout: 10 * time.Second,
		BaseContext: func(net.Listener) context.Context { return base },
		ErrorLog:    slog.NewLogLogger(s.log.Handler(), slog.LevelWarn),
	}
	stopped := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(stopped)
		close(s.stopping)
		bounded, cancel := context.WithTimeout(base, s.Grace)
		defer cancel()
		if srv.Shutdown(bounded) != nil {
			cut(engine.Errorf(engine.Cancelled, "botd is stopping"))
			srv.Close()
		}
	})
	err := srv.Serve(l)
	if !stop() {
		<-stopped
	}
	s.busy.Wait()
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}

func (s *Server) status(http.ResponseWriter, *http.Request) (any, error) { return s.host.Status(), nil }

func (s *Server) reload(_ http.ResponseWriter, r *http.Request) (any, error) {
	var q reloadRequest
	if err := decode(r, &q); err != nil {
		return nil, err
	}
	if err := s.host.Reload(r.Context(), q.Script); err != nil {
		return nil, err
	}
	return struct{}{}, nil
}

func (s *Server) restart(_ http.ResponseWriter, r *http.Request) (any, error) {
	var q restartRequest
	if err := decode(r, &q); err != nil {
		return nil, err
	}
	return struct{}{}, s.host.Restart(q.Session)
}

func (s *Server) eval(_ http.ResponseWriter, r *http.Request) (any, error) {
	var q evalRequest
	if err := decode(r, &q); err != nil {
		return nil, err
	}
	return s.host.Eval(r.Context(), q.Script, script.Evaluation{Session: q.Session, Code: q.Code, Write: q.Write, By: q.By, Complete: q.Complete})
}

func (s *Server) say(_ http.ResponseWriter, r *http.Request) (any, error) {
	var q sayRequest
	if err := decode(r, &q); err != nil {
		return nil, err
	}
	rec, err := s.host.Say(r.Context(), q.Room, q.Text)
	if err == nil {
		return sayAnswer{Receipt: rec}, nil
	}
	if rec.Status == "" { // it was no action at all
		return nil, err
	}
	p := problemOf(err)
	return sayAnswer{rec, &p}, nil
}

func (s *Server) why(_ http.ResponseWriter, r *http.Request) (any, error) {
	return s.host.Why(engine.EventID(r.URL.Query().Get("event")))
}

// mostLatest bounds an answer.
const mostLatest = 1000

func (s *Server) latest(_ http.ResponseWriter, r *http.Request) (any, error) {
	n, err := strconv.Atoi(r.URL.Query().Get("n"))
	if err != nil || n < 1 {
		return nil, engine.Errorf(engine.Invalid, "n must be a number from 1")
	}
	list := s.host.Latest(min(n, mostLatest))
	if list == nil {
		list = []*engine.Event{}
	}
	return list, nil
}

func (s *Server) cron(http.ResponseWriter, *http.Request) (any, error) { return s.host.Cron(), nil }

func (s *Server) cronRun(_ http.ResponseWriter, r *http.Request) (any, error) {
	var q cronRunRequest
	if err := decode(r, &q); err != nil {
		return nil, err
	}
	if err := s.host.CronRun(q.Script, q.ID); err != nil {
		return nil, err
	}
	return struct{}{}, nil
}

func decode(r *http.Request, into any) error {
	d := json.NewDecoder(r.Body)
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return engine.Errorf(engine.Invalid, "request: %w", err)
	}
	return nil
}

// tail streams what happens.
func (s *Server) tail(w http.ResponseWriter, r *http.Request) (any, error) {
	m, err := newMatcher(r.URL.Query())
	if err != nil {
		return nil, err
	}
	t := s.host.Tail()
	defer t.Close()
	w.Header().Set("Content-Type", "application/x-ndjson")
	out := &stream{enc: json.NewEncoder(w), flush: http.NewResponseController(w).Flush}
	if err := out.flush(); err != nil { // who sees the header misses nothing from then on
		return nil, nil
	}
	for out.err == nil {
		rec, ok := s.next(r.Context(), t)
		if !ok {
			return nil, nil
		}
		out.dropped(t.Dropped())
		if m.match(&rec) {
			out.send(rec)
		}
	}
	return nil, nil
}

// next waits for something to show; not ok is the end of the stream.
func (s *Server) next(ctx context.Context, t *host.Tail) (rec Record, ok bool) {
	select {
	case ev, open := <-t.Events:
		return Record{Event: ev}, open
	case n := <-t.Notes:
		return Record{Note: &n}, true
	case <-s.stopping:
		return Record{}, false
	case <-ctx.Done():
		return Record{}, false
	}
}

// stream writes records, each at once.
type stream struct {
	enc   *json.Encoder
	flush func() error
	lost  uint64
	err   error
}

func (s *stream) dropped(total uint64) {
	if total > s.lost {
		s.send(Record{Dropped: total - s.lost})
		s.lost = total
	}
}

func (s *stream) send(rec Record) {
	if s.err == nil {
		s.err = s.enc.Encode(rec)
	}
	if s.err == nil {
		s.err = s.flush()
	}
}
