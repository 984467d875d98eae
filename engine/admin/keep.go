package admin

import (
	"context"
	"net/http"

	"botd/engine/host"
)

type storeRequest struct {
	Part   string             `json:"part,omitempty"`
	Key    []byte             `json:"key,omitempty"` // any bytes, as are the others
	Prefix []byte             `json:"prefix,omitempty"`
	After  []byte             `json:"after,omitempty"`
	Values []host.StoredValue `json:"values,omitempty"`
	File   string             `json:"file,omitempty"` // absolute
}

// stores adds the endpoints about the store.
func (s *Server) stores() {
	for path, f := range map[string]func(ctx context.Context, q storeRequest) (any, error){
		"parts": func(ctx context.Context, _ storeRequest) (any, error) { return s.host.StoredParts(ctx) },
		"get": func(ctx context.Context, q storeRequest) (any, error) {
			return s.host.Stored(ctx, q.Part, string(q.Key))
		},
		"list": func(ctx context.Context, q storeRequest) (any, error) {
			return s.host.ListStored(ctx, q.Part, string(q.Prefix), string(q.After))
		},
		"put": func(ctx context.Context, q storeRequest) (any, error) {
			return struct{}{}, s.host.PutStored(ctx, q.Values)
		},
		"remove": func(ctx context.Context, q storeRequest) (any, error) {
			return struct{}{}, s.host.RemoveStored(ctx, q.Part, string(q.Key))
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

var _ Storage = (*Client)(nil)

// StoredParts names the parts that scripts have something in.
func (c *Client) StoredParts(ctx context.Context) (parts []string, err error) {
	err = c.call(ctx, "POST", "/v1/store/parts", storeRequest{}, &parts)
	return parts, err
}

// Stored reads the value of a key of a script, or of "shared".
func (c *Client) Stored(ctx context.Context, part, key string) (v host.StoredValue, err error) {
	err = c.call(ctx, "POST", "/v1/store/get", storeRequest{Part: part, Key: []byte(key)}, &v)
	return v, err
}

// ListStored reads a page of the keys with a prefix, after a key.
func (c *Client) ListStored(ctx context.Context, part, prefix, after string) (page []host.StoredValue, err error) {
	err = c.call(ctx, "POST", "/v1/store/list", storeRequest{Part: part, Prefix: []byte(prefix), After: []byte(after)}, &page)
	return page, err
}

// PutStored writes values, all or none. They may have 1 MiB together, or be one.
func (c *Client) PutStored(ctx context.Context, list []host.StoredValue) error {
	return c.call(ctx, "POST", "/v1/store/put", storeRequest{Values: list}, nil)
}

// RemoveStored removes a key.
func (c *Client) RemoveStored(ctx context.Context, part, key string) error {
	return c.call(ctx, "POST", "/v1/store/remove", storeRequest{Part: part, Key: []byte(key)}, nil)
}

// Backup has the daemon write its store into a new file, by its absolute path.
func (c *Client) Backup(ctx context.Context, file string) error {
	return c.call(ctx, "POST", "/v1/store/backup", storeRequest{File: file}, nil)
}

// Restore has it replace its store by that in a file.
func (c *Client) Restore(ctx context.Context, file string) error {
	return c.call(ctx, "POST", "/v1/store/restore", storeRequest{File: file}, nil)
}
