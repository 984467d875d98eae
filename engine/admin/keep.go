package admin

import (
	"context"
	"net/http"

	"botd/engine/host"
)

type storeRequest struct {
	Part   string `json:"part,omitempty"`
	Key    []byte `json:"key,omitempty"` // any bytes, as are the others
	Prefix []byte `json:"prefix,omitempty"`
	After  []byte `json:"after,omitempty"`
	Value  any    `json:"value,omitempty"`
	File   string `json:"file,omitempty"` // absolute
}

type storedValue struct {
	Key   []byte `json:"key,omitempty"`
	Value any    `json:"value"`
}

// stores adds the endpoints about the store.
func (s *Server) stores() {
	for path, f := range map[string]func(ctx context.Context, q storeRequest) (any, error){
		"get": func(ctx context.Context, q storeRequest) (any, error) {
			v, err := s.host.Stored(ctx, q.Part, string(q.Key))
			return storedValue{Value: v}, err
		},
		"set": func(ctx context.Context, q storeRequest) (any, error) {
			return struct{}{}, s.host.SetStored(ctx, q.Part, string(q.Key), q.Value)
		},
		"list": func(ctx context.Context, q storeRequest) (any, error) {
			list, err := s.host.ListStored(ctx, q.Part, string(q.Prefix), string(q.After))
			out := make([]storedValue, len(list))
			for i, v := range list {
				out[i] = storedValue{[]byte(v.Key), v.Value}
			}
			return out, err
		},
		"backup":  func(ctx context.Context, q storeRequest) (any, error) { return struct{}{}, s.host.Backup(ctx, q.File) },
		"restore": func(ctx context.Context, q storeRequest) (any, error) { return struct{}{}, s.host.Restore(ctx, q.File) },
	} {
		s.handle("POST /v1/store/"+path, func(_ http.ResponseWriter, r *http.Request) (any, error) {
			var q storeRequest
			if err := decode(r, &q); err != nil {
				return nil, err
			}
			return f(r.Context(), q)
		})
	}
}

// Stored reads the value of a key of a script, or of "shared".
func (c *Client) Stored(ctx context.Context, part, key string) (any, error) {
	var v storedValue
	err := c.call(ctx, "POST", "/v1/store/get", storeRequest{Part: part, Key: []byte(key)}, &v)
	return v.Value, err
}

// SetStored writes a value; nil removes the key.
func (c *Client) SetStored(ctx context.Context, part, key string, value any) error {
	return c.call(ctx, "POST", "/v1/store/set", storeRequest{Part: part, Key: []byte(key), Value: value}, nil)
}

// ListStored lists all keys with a prefix.
func (c *Client) ListStored(ctx context.Context, part, prefix string) ([]host.StoredValue, error) {
	var out []host.StoredValue
	for q := (storeRequest{Part: part, Prefix: []byte(prefix)}); ; {
		var page []storedValue
		if err := c.call(ctx, "POST", "/v1/store/list", q, &page); err != nil || len(page) == 0 {
			return out, err
		}
		for _, v := range page {
			out = append(out, host.StoredValue{Key: string(v.Key), Value: v.Value})
		}
		q.After = page[len(page)-1].Key
	}
}

// Backup has the daemon write its store into a new file, by its absolute path.
func (c *Client) Backup(ctx context.Context, file string) error {
	return c.call(ctx, "POST", "/v1/store/backup", storeRequest{File: file}, nil)
}

// Restore has it replace its store by that in a file.
func (c *Client) Restore(ctx context.Context, file string) error {
	return c.call(ctx, "POST", "/v1/store/restore", storeRequest{File: file}, nil)
}
