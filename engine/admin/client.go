package admin

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"syscall"
	"time"

	"botd/engine"
	"botd/engine/host"
	"botd/engine/schedule"
	"botd/engine/script"
)

// Client asks the daemon that has a data folder. Its errors are those of the host; if
// no daemon runs they have code NotConnected.
type Client struct {
	dataDir string
	http    *http.Client
}

// NewClient makes a client; each of its calls connects anew.
func NewClient(dataDir string) *Client {
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		path, err := SocketPath(dataDir)
		if err != nil {
			return nil, err
		}
		var d net.Dialer
		return d.DialContext(ctx, "unix", path)
	}
	return &Client{dataDir, &http.Client{Transport: &http.Transport{DialContext: dial, DisableKeepAlives: true}}}
}

// statusTime is how long a daemon may take to say how it is; one that is well needs
// a millisecond.
const statusTime = 10 * time.Second

// Status is what the daemon is doing. A daemon that hangs is an error with code Timeout.
func (c *Client) Status(ctx context.Context) (host.Status, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, statusTime, engine.Errorf(engine.Timeout, "botd does not answer within %s", statusTime))
	defer cancel()
	var st host.Status
	err := c.call(ctx, "GET", "/v1/status", nil, &st)
	return st, err
}

// Reload loads a script again, or the configuration and all scripts if it is "", and waits
// for the outcome. host.FaultsOf tells the faults of scripts.
func (c *Client) Reload(ctx context.Context, script string) error {
	return c.call(ctx, "POST", "/v1/reload", reloadRequest{script}, nil)
}

// Say puts a line into a room, "session/room", and waits for the receipt. The error is
// the receipt's, if there is one.
func (c *Client) Say(ctx context.Context, room engine.RoomPath, text string) (engine.Receipt, error) {
	var a sayAnswer
	if err := c.call(ctx, "POST", "/v1/say", sayRequest{room, text}, &a); err != nil {
		return a.Receipt, err
	}
	if a.Error != nil {
		return a.Receipt, a.Error.err()
	}
	return a.Receipt, nil
}

// Eval runs Lua in a script, until it has ended or ctx ends, which ends it.
func (c *Client) Eval(ctx context.Context, name string, e script.Evaluation) (script.Evaluated, error) {
	var out script.Evaluated
	err := c.call(ctx, "POST", "/v1/eval", evalRequest{name, e.Session, e.Code, e.Write, e.By, e.Complete}, &out)
	return out, err
}

// Restart has a session connect anew, also one that had given up.
func (c *Client) Restart(ctx context.Context, session engine.SessionID) error {
	return c.call(ctx, "POST", "/v1/restart", restartRequest{session}, nil)
}

// Cron lists what scripts have on the schedule.
func (c *Client) Cron(ctx context.Context) ([]schedule.Info, error) {
	var list []schedule.Info
	err := c.call(ctx, "GET", "/v1/cron", nil, &list)
	return list, err
}

// CronRun has a scheduled entry of a script run now; it does not wait for its end.
func (c *Client) CronRun(ctx context.Context, script, id string) error {
	return c.call(ctx, "POST", "/v1/cron/run", cronRunRequest{script, id}, nil)
}

// Why tells what became of an event.
func (c *Client) Why(ctx context.Context, id engine.EventID) (host.Way, error) {
	var w host.Way
	err := c.call(ctx, "GET", "/v1/why?"+url.Values{"event": {string(id)}}.Encode(), nil, &w)
	return w, err
}

// Latest returns up to n of the latest events, oldest first.
func (c *Client) Latest(ctx context.Context, n int) ([]*engine.Event, error) {
	var list []*engine.Event
	err := c.call(ctx, "GET", "/v1/latest?n="+strconv.Itoa(n), nil, &list)
	return list, err
}

// Tail calls show with everything that happens and fits the filter until ctx ends, show
// fails, or the daemon stops, which is no error.
func (c *Client) Tail(ctx context.Context, f Filter, show func(Record) error) error {
	follow, err := c.Follow(ctx, f)
	if err != nil {
		return err
	}
	return follow(show)
}

// Follow is [Client.Tail] in two steps: what happens after it has returned is shown once
// follow is called, which it must be.
func (c *Client) Follow(ctx context.Context, f Filter) (follow func(show func(Record) error) error, err error) {
	res, err := c.do(ctx, "GET", "/v1/tail?"+f.query().Encode(), nil)
	if err != nil {
		return nil, err
	}
	return func(show func(Record) error) error {
		defer res.Body.Close()
		return records(ctx, res.Body, show)
	}, nil
}

func records(ctx context.Context, from io.Reader, show func(Record) error) error {
	d := json.NewDecoder(from)
	for {
		var rec Record
		if err := d.Decode(&rec); err == io.EOF {
			return nil
		} else if err != nil {
			return cut(ctx, err)
		}
		if err := show(rec); err != nil {
			return err
		}
	}
}

func cut(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return engine.Errorf(engine.NotConnected, "the connection to botd broke: %w", err)
}

func (c *Client) call(ctx context.Context, method, path string, in, out any) error {
	res, err := c.do(ctx, method, path, in)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if out == nil {
		return nil
	}
	if err := json.NewDecoder(res.Body).Decode(out); err != nil {
		return cut(ctx, err)
	}
	return nil
}

// do sends a request and returns the answer if it is no failure.
func (c *Client) do(ctx context.Context, method, path string, in any) (*http.Response, error) {
	var body bytes.Buffer
	if in != nil {
		enc := json.NewEncoder(&body)
		enc.SetEscapeHTML(false)
		if err := enc.Encode(in); err != nil {
			return nil, err
		}
	}
	req, err := http.NewRequestWithContext(ctx, method, "http://botd"+path, &body)
	if err != nil {
		return nil, err
	}
	res, err := c.http.Do(req)
	if err != nil {
		return nil, c.unreached(ctx, err)
	}
	if res.StatusCode == http.StatusOK {
		return res, nil
	}
	defer res.Body.Close()
	var f failure
	if err := json.NewDecoder(res.Body).Decode(&f); err != nil {
		return nil, cut(ctx, err)
	}
	return nil, f.Error.err()
}

func (c *Client) unreached(ctx context.Context, err error) error {
	if errors.Is(err, syscall.ENOENT) || errors.Is(err, syscall.ECONNREFUSED) || errors.Is(err, syscall.ENOTDIR) {
		return engine.Errorf(engine.NotConnected, "no botd runs with the data folder %s; start it with 'botd run', or name its configuration with -c", c.dataDir)
	}
	if errors.Is(err, syscall.EACCES) {
		return engine.Errorf(engine.Denied, "the botd with the data folder %s belongs to another user", c.dataDir)
	}
	return cut(ctx, err)
}
