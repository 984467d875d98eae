package people

import (
	"context"
	"crypto/rand"
	"encoding/base32"
	"slices"
	"strings"
	"time"

	"botd/engine"
	"botd/engine/store"
)

// codeLife is how long a code may be used, and maxCodes how many there may be at once.
const (
	codeLife = 10 * time.Minute
	maxCodes = 1000
)

// code is one step of a link: whoever says it on another account shows that it is theirs.
type code struct {
	from    string // the account it was whispered to
	partner string // the account that began, for the second code; "" for the first
	ends    time.Time
}

// Link takes one step of making two accounts one person. Without said it begins one and
// returns a code to whisper. With the code that was whispered to another account it returns a second
// one, to whisper here; said by the account that began, that one makes the link, and linked is true. So both
// sides have proved that they read what is whispered to the other. Error codes: Unsupported, Invalid, Conflict,
// Quota.
func (b *Book) Link(ctx context.Context, s engine.SessionID, u *engine.User, said string) (next string, linked bool, err error) {
	key, ok := Key(s, u)
	if !ok {
		return "", false, engine.Errorf(engine.Unsupported, "you have no account here, and a name alone proves nothing")
	}
	b.changing.Lock()
	defer b.changing.Unlock()
	partner, next, err := b.step(key, said)
	if err != nil || next != "" {
		return next, false, err
	}
	return "", true, b.join(ctx, key, partner)
}

// step takes what is said for what it is worth: a new code, or the account that key is now
// known to be one person with.
func (b *Book) step(key, said string) (partner, next string, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := b.opt.Clock.Now()
	for c, k := range b.codes {
		if !now.Before(k.ends) {
			delete(b.codes, c)
		}
	}
	said = strings.ToUpper(strings.TrimSpace(said))
	if said == "" {
		next, err = b.code(code{from: key, ends: now.Add(codeLife)})
		return "", next, err
	}
	k, ok := b.codes[said]
	switch {
	case !ok:
		return "", "", engine.Errorf(engine.Invalid, "this code is not known, or too old")
	case k.partner == "" && k.from == key:
		return "", "", engine.Errorf(engine.Invalid, "say this code with your other account")
	case k.partner == "":
		delete(b.codes, said)
		next, err = b.code(code{from: key, partner: k.from, ends: now.Add(codeLife)})
		return "", next, err
	case k.partner != key:
		return "", "", engine.Errorf(engine.Invalid, "say this code with the account that began")
	}
	delete(b.codes, said)
	return k.from, "", nil
}

// code keeps a new one. An account has one at a time.
func (b *Book) code(k code) (string, error) {
	for c, other := range b.codes {
		if other.from == k.from {
			delete(b.codes, c)
		}
	}
	if len(b.codes) >= maxCodes {
		return "", engine.Errorf(engine.Quota, "too many are at it; try again in some minutes")
	}
	c := newCode()
	b.codes[c] = k
	return c, nil
}

func newCode() string {
	var raw [5]byte
	_, _ = rand.Read(raw[:]) // it does not fail
	return base32.StdEncoding.EncodeToString(raw[:])
}

// join makes two accounts, with all that are one person with either, one. changing is held.
func (b *Book) join(ctx context.Context, one, other string) error {
	b.mu.Lock()
	keys := []string{one, other}
	for _, k := range keys[:2] {
		if p := b.of[k].Person; p != "" {
			keys = append(keys, b.members[p]...)
		}
	}
	person := b.of[one].Person
	b.mu.Unlock()
	slices.Sort(keys)
	keys = slices.Compact(keys)
	if len(keys) > MaxLinked {
		return engine.Errorf(engine.Conflict, "more than %d accounts of one person", MaxLinked)
	}
	if person == "" {
		person = "person/" + newCode() + newCode()
	}
	return b.assign(ctx, keys, person)
}

// Unlink makes an account its own person again; false if it is that already.
func (b *Book) Unlink(ctx context.Context, s engine.SessionID, u *engine.User) (bool, error) {
	key, ok := Key(s, u)
	b.changing.Lock()
	defer b.changing.Unlock()
	b.mu.Lock()
	linked := b.of[key].Person != ""
	b.mu.Unlock()
	if !ok || !linked {
		return false, nil
	}
	return true, b.assign(ctx, []string{key}, "")
}

// Linked lists the accounts that are one person with a user, that one included.
func (b *Book) Linked(s engine.SessionID, u *engine.User) []string {
	key, _ := Key(s, u)
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.members[b.of[key].Person])
}

// assign makes accounts those of a person: on the disk, while events go on, and then here.
// changing is held.
func (b *Book) assign(ctx context.Context, keys []string, person string) error {
	var ops []store.Op
	b.mu.Lock()
	for _, k := range keys {
		r := b.of[k]
		r.Person = person
		op, err := b.opOf(k, r)
		if err != nil {
			b.mu.Unlock()
			return err
		}
		ops = append(ops, op)
	}
	b.mu.Unlock()
	if _, err := store.Commit(ctx, b.opt.Store, ops...); err != nil {
		return err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, k := range keys {
		r := b.of[k]
		r.Person = person
		b.of[k] = r
		b.dirty[k] = true // a Flush that was on its way had it as it was
	}
	b.members = map[string][]string{}
	for k, r := range b.of {
		if r.Person != "" {
			b.members[r.Person] = append(b.members[r.Person], k)
		}
	}
	for _, list := range b.members {
		slices.Sort(list)
	}
	return nil
}
