package host

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"strings"

	"botd/engine"
	"botd/engine/config"
	"botd/engine/script"
	"botd/engine/web"
)

// Fetch asks a web server for a script.
func (d door) Fetch(r script.FetchRequest, done func(script.FetchAnswer)) func() {
	err := d.h.permit(r.Origin, engine.GrantHTTP, "use http")
	if err == nil && d.h.opt.DryRun {
		err = engine.Errorf(engine.Cancelled, "nothing leaves while scripts are only checked")
	}
	if err != nil {
		done(script.FetchAnswer{Err: err})
		return func() {}
	}
	ctx, cancel := context.WithCancel(context.Background())
	d.h.beside.Go(func() {
		defer cancel()
		got, err := d.h.web.Do(ctx, web.Request{
			Script: r.Origin.Script, Method: r.Method, URL: r.URL, Headers: r.Headers, Body: r.Body,
			Timeout: r.Timeout, Cache: r.Cache, Retry: r.Retry,
		})
		done(script.FetchAnswer{Status: got.Status, Headers: got.Headers, Body: got.Body, URL: got.URL, Cached: got.Cached, Err: err})
	})
	return cancel
}

func (h *Host) newWeb() *web.Client {
	return web.New(web.Options{
		Reach: h.reachOf, Cure: h.reachCure, UserAgent: strings.TrimSuffix("botd/"+h.opt.Version, "/"),
		Clock: h.opt.Clock, Log: h.log, Dial: h.opt.DialWeb, Resolve: h.opt.Resolve, Transport: h.opt.Web, Rand: h.chance,
	})
}

// reachOf is which hosts a script may speak with now.
func (h *Host) reachOf(name string) engine.Reach {
	if r, ok := (*h.reaches.Load())[name]; ok {
		return r
	}
	if h.grantsOf(name).Has(engine.GrantHTTP) {
		return everywhere
	}
	return engine.Reach{}
}

// everywhere is every public address.
var everywhere, _ = engine.ParseReach("public")

// reachCure says how an operator opens a host to a script.
func (h *Host) reachCure(name, host string) string {
	return fmt.Sprintf("add http(%s) to its grants in config.yaml (scripts: - name: %s)", host, name)
}

// grants reads what an entry of the configuration grants.
func grants(s config.Script) (set engine.GrantSet, reach engine.Reach, err error) {
	var hosts []string
	for _, text := range s.Grants {
		g, where, err := engine.CutGrant(text)
		if err != nil {
			return set, reach, s.Errorf("grants", "%s", engine.AsError(err).Msg)
		}
		set = set.With(g)
		switch {
		case where != "":
			hosts = append(hosts, where)
		case g == engine.GrantHTTP:
			hosts = append(hosts, "public")
		}
	}
	reach, err = engine.ParseReach(hosts...)
	return set, reach, err
}

// Hook opens a webhook for a script.
func (d door) Hook(o script.Origin, w script.Hook, serve func(script.HookCall, func(script.HookReply))) (func(), error) {
	if err := d.h.permit(o, engine.GrantHTTP, "open a webhook"); err != nil {
		return nil, err
	}
	remove, err := d.h.hooks.Add(web.Hook{
		Script: o.Script, Path: w.Path, Secret: w.Secret, Max: w.Max,
		Serve: func(c web.HookCall, reply func(web.HookReply)) {
			serve(script.HookCall(c), func(a script.HookReply) { reply(web.HookReply(a)) })
		},
	})
	if err == nil && !d.h.opt.DryRun && !d.h.server.Need() {
		remove()
		return nil, engine.Errorf(engine.Unsupported, "there is no server for webhooks: set admin.listen in config.yaml, such as 127.0.0.1:8420")
	}
	return remove, err
}

// CallHook calls a webhook of a script as [web.Hooks.Call] does.
func (h *Host) CallHook(script, path string, c web.HookCall, reply func(web.HookReply)) bool {
	return h.hooks.Call(script, path, c, reply)
}

// newServer makes the server for webhooks and metrics, which listens when there is one.
func (h *Host) newServer() *web.Server {
	mux := http.NewServeMux()
	mux.Handle(web.HookPrefix, h.hooks)
	mux.HandleFunc("GET /metrics", h.ServeMetrics)
	listen := h.opt.Config.Admin.Listen
	return &web.Server{Addr: listen, Handler: mux, Listen: h.opt.Listen, Failed: func(err error) {
		h.log.Error("nobody can call webhooks or read metrics: set admin.listen in config.yaml or BOTD_ADMIN_LISTEN to an address that is free",
			slog.String("listen", listen), slog.Any("err", err))
	}}
}
