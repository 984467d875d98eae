package store

import (
	"context"
	"encoding/json"

	"botd/engine"
)

// Space keeps values of one type as JSON, for a part of the engine that has something to
// remember: one space each, with a slash in its name, such as "polls/open", which no script
// can have. A field that is added to T is zero in older values; one that is renamed is lost.
type Space[T any] struct {
	Store Store
	Name  string
}

// Get reads a value; the zero value and false if the key is absent.
func (s Space[T]) Get(ctx context.Context, key string) (v T, found bool, err error) {
	e, err := s.Store.Get(ctx, s.Name, key)
	if engine.CodeOf(err) == engine.NotFound {
		return v, false, nil
	}
	if err == nil {
		v, err = s.decode(e)
	}
	return v, err == nil, err
}

// Put returns once the value is durable.
func (s Space[T]) Put(ctx context.Context, key string, v T) error {
	op, err := s.Op(key, v)
	if err == nil {
		_, err = Commit(ctx, s.Store, op)
	}
	return err
}

// Op is the operation of Put, for a batch with others or with an end.
func (s Space[T]) Op(key string, v T) (Op, error) {
	b, err := json.Marshal(v)
	if err != nil {
		return Op{}, engine.Errorf(engine.Invalid, "%s %q cannot be stored: %w", s.Name, key, err)
	}
	return Put(s.Name, key, b), nil
}

// Update replaces a value by what f makes of it, whoever else writes, and returns it; nil
// removes the key. An error of f changes nothing. f must be quick and pure.
func (s Space[T]) Update(ctx context.Context, key string, f func(old T, found bool) (*T, error)) (*T, error) {
	var made *T
	_, err := Commit(ctx, s.Store, Modify(s.Name, key, func(e Entry, found bool) ([]byte, error) {
		var old T
		var err error
		if found {
			if old, err = s.decode(e); err != nil {
				return nil, err
			}
		}
		if made, err = f(old, found); made == nil || err != nil {
			return nil, err
		}
		return json.Marshal(made)
	}))
	if err != nil {
		return nil, err
	}
	return made, nil
}

// Delete removes a key. That it is absent is no error.
func (s Space[T]) Delete(ctx context.Context, key string) error {
	_, err := Commit(ctx, s.Store, Delete(s.Name, key))
	return err
}

// Each calls f with all values, in the order of their keys, until it returns an error.
func (s Space[T]) Each(ctx context.Context, prefix string, f func(key string, v T) error) error {
	for after := ""; ; {
		page, err := s.Store.List(ctx, Query{Space: s.Name, Prefix: prefix, After: after})
		if err != nil || len(page) == 0 {
			return err
		}
		for _, e := range page {
			v, err := s.decode(e)
			if err == nil {
				err = f(e.Key, v)
			}
			if err != nil {
				return err
			}
			after = e.Key
		}
	}
}

func (s Space[T]) decode(e Entry) (v T, err error) {
	if err := json.Unmarshal(e.Value, &v); err != nil {
		return v, engine.Errorf(engine.Internal, "%s %q: %w", s.Name, e.Key, err)
	}
	return v, nil
}
