package simplex

import (
	"cmp"
	"context"
	"maps"
	"reflect"
	"slices"
	"strings"
	"time"

	"botd/engine"
)

// loginTime is how long the program may take until the session is in its rooms.
const loginTime = 90 * time.Second

// login finds the profile, sets it up as configured, learns the chats and goes online.
func (l *link) login(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, loginTime)
	defer cancel()
	if v, err := l.askText(ctx, localTime, func(*link) (string, error) { return "/version", nil }); err == nil {
		l.s.log.Info("connected to the SimpleX program", "version", v.VersionInfo.Version)
	} else if engine.CodeOf(err) != engine.Invalid {
		return err // no answer at all; an old program does not know the command
	}
	steps := []func(context.Context) error{l.findProfile, l.setAddress, l.setProfile, l.learnChats, l.findMissed}
	for _, step := range steps {
		if err := step(ctx); err != nil {
			return err
		}
	}
	l.goOnline()
	return nil
}

// findProfile makes the configured profile the active one.
func (l *link) findProfile(ctx context.Context) error {
	want := l.s.settings.Profile
	v, err := l.ask(ctx, "ShowActiveUser", nil)
	switch {
	case err != nil && engine.CodeOf(err) == engine.Denied && l.s.settings.Create:
		return l.createProfile(ctx)
	case err != nil:
		return err
	case v.User != nil && (want == "" || v.User.goesBy(want)):
		l.s.setMe(v.User)
		return nil
	}
	list, err := l.ask(ctx, "ListUsers", nil)
	if err != nil {
		return err
	}
	for _, u := range list.Users {
		if !u.User.goesBy(want) {
			continue
		}
		v, err := l.ask(ctx, "APISetActiveUser", map[string]any{"userId": u.User.ID})
		if err == nil && v.User != nil {
			l.s.setMe(v.User)
		}
		return err
	}
	if l.s.settings.Create {
		return l.createProfile(ctx)
	}
	return engine.Errorf(engine.Denied, "the program has no profile %q; set create to true to make it", want)
}

func (u *user) goesBy(name string) bool { return u.Name == name || u.Profile["displayName"] == name }

func (l *link) createProfile(ctx context.Context) error {
	v, err := l.ask(ctx, "CreateActiveUser", map[string]any{"newUser": map[string]any{
		"profile":       map[string]any{"displayName": l.s.settings.Profile, "fullName": "", "peerType": "bot"},
		"pastTimestamp": false,
	}})
	if err == nil && v.User != nil {
		l.s.setMe(v.User)
	}
	return err
}

func (s *session) setMe(u *user) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.book.me = u
}

func (s *session) userID() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.book.me == nil {
		return 0
	}
	return s.book.me.ID
}

// setAddress makes the address and its settings what is configured.
func (l *link) setAddress(ctx context.Context) error {
	set := &l.s.settings
	if !set.Address {
		return nil
	}
	me := l.s.userID()
	v, err := l.ask(ctx, "APIShowMyAddress", map[string]any{"userId": me})
	var current map[string]any
	var link connLink
	switch {
	case engine.CodeOf(err) == engine.NotFound:
		made, err := l.ask(ctx, "APICreateMyAddress", map[string]any{"userId": me})
		if err != nil {
			return err
		}
		if made.Link != nil {
			link = *made.Link
		}
	case err != nil:
		return err
	case v.ContactLink != nil:
		link, current = v.ContactLink.Link, v.ContactLink.Settings
	}
	l.s.log.Info("people reach the bot by its address", "address", link.best())
	want := map[string]any{"businessAddress": set.Business}
	if set.AutoAccept || set.Business {
		want["autoAccept"] = map[string]any{"acceptIncognito": false}
	}
	if set.Welcome != "" {
		want["autoReply"] = map[string]any{"type": "text", "text": set.Welcome}
	}
	if sameSettings(current, want) {
		return nil
	}
	_, err = l.ask(ctx, "APISetAddressSettings", map[string]any{"userId": me, "settings": want})
	return err
}

// sameSettings compares with false for what is absent.
func sameSettings(a, b map[string]any) bool {
	norm := func(m map[string]any) map[string]any {
		out := clone(m)
		if out["businessAddress"] == false {
			delete(out, "businessAddress")
		}
		if auto, ok := out["autoAccept"].(map[string]any); ok {
			delete(auto, "acceptIncognito")
		}
		return out
	}
	return a != nil && reflect.DeepEqual(norm(a), norm(b))
}

// setProfile sends the profile only where it differs: all contacts are told.
func (l *link) setProfile(ctx context.Context) error {
	prefs, err := preferences(l.s.settings.Preferences)
	if err != nil {
		return err
	}
	items, err := menu(l.s.settings.Menu)
	if err != nil || len(items) == 0 && len(prefs) == 0 {
		return err
	}
	now := l.s.profile()
	want := clone(now)
	all, _ := want["preferences"].(map[string]any)
	if all == nil {
		all = map[string]any{}
	}
	maps.Copy(all, prefs)
	if len(items) > 0 {
		all["commands"], want["peerType"] = items, "bot"
	}
	want["preferences"] = all
	if reflect.DeepEqual(clone(want), now) {
		return nil
	}
	_, err = l.ask(ctx, "APIUpdateProfile", map[string]any{"userId": l.s.userID(), "profile": want})
	return err
}

// profile is the bot's profile as it may be sent, without what is the database's own.
func (s *session) profile() map[string]any {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := clone(s.book.me.Profile)
	for _, key := range []string{"profileId", "localAlias", "localBadge", "contactDomainVerified"} {
		delete(p, key)
	}
	if p["fullName"] == nil {
		p["fullName"] = ""
	}
	return p
}

// features are what preferences are about, by their names in the settings.
var features = map[string]string{
	"files": "files", "calls": "calls", "voice": "voice", "reactions": "reactions", "full_delete": "fullDelete", "sessions": "sessions",
}

func preferences(set map[string]string) (map[string]any, error) {
	out := map[string]any{}
	for _, name := range slices.Sorted(maps.Keys(set)) {
		if features[name] == "" || !slices.Contains([]string{"yes", "no", "always"}, set[name]) {
			return nil, engine.Errorf(engine.Invalid, "preferences: %s: %s is not one of files, calls, voice, reactions, full_delete, sessions with yes, no or always", name, set[name])
		}
		out[features[name]] = map[string]any{"allow": set[name]}
	}
	return out, nil
}

// menu is the bot's menu as the profile has it.
func menu(items []MenuItem) ([]any, error) {
	out := []any{}
	for _, m := range items {
		keyword := strings.TrimPrefix(m.Keyword, "/")
		switch {
		case m.Label == "" || (keyword == "") == (len(m.Menu) == 0):
			return nil, engine.Errorf(engine.Invalid, "menu: entry %q needs a label, and either a keyword or a menu", cmp.Or(m.Label, m.Keyword))
		case keyword != "":
			entry := map[string]any{"type": "command", "keyword": keyword, "label": m.Label}
			if m.Params != "" {
				entry["params"] = m.Params
			}
			out = append(out, entry)
		default:
			below, err := menu(m.Menu)
			if err != nil {
				return nil, err
			}
			out = append(out, map[string]any{"type": "menu", "label": m.Label, "commands": below})
		}
	}
	return out, nil
}

// learnChats lists contacts and groups, and the members of the groups to be in.
func (l *link) learnChats(ctx context.Context) error {
	me := map[string]any{"userId": l.s.userID()}
	for _, name := range []string{"APIListContacts", "APIListGroups"} {
		if _, err := l.ask(ctx, name, me); err != nil { // what they answer is kept in told
			return err
		}
	}
	for _, id := range l.s.heardGroups() {
		_, err := l.ask(ctx, "APIListMembers", map[string]any{"groupId": id})
		if err != nil && engine.CodeOf(err) != engine.NotFound && engine.CodeOf(err) != engine.Denied {
			return err
		}
	}
	return nil
}

// heardGroups are those the bot is in and wants to be in.
func (s *session) heardGroups() (ids []int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, id := range slices.Sorted(maps.Keys(s.book.groups)) {
		if g := s.book.groups[id].info; g.Membership.present() && s.hears(g) {
			ids = append(ids, id)
		}
	}
	return ids
}

// hears says whether scripts get to know what happens in a group: all of them if no rooms
// are configured, those of customers always. mu is held.
func (s *session) hears(g *groupInfo) bool {
	if len(s.env.Rooms) == 0 || g.Business != nil || s.book.joined[g.ID] {
		return true
	}
	for _, room := range s.env.Rooms {
		if r, err := s.book.resolve(room); err == nil && r.kind == '#' && r.id == g.ID {
			return true
		}
	}
	return false
}

// goOnline tells of the rooms, and then of what came meanwhile.
func (l *link) goOnline() {
	l.in.Lock()
	defer l.in.Unlock()
	l.s.mu.Lock()
	me := l.s.book.self(nil)
	// Before the rooms are told: whoever hears of one may act there at once.
	l.s.link, l.online = l, !l.closed
	if l.closed {
		l.s.link = nil
	}
	l.s.mu.Unlock()
	rooms := 0
	for _, id := range l.s.heardGroups() {
		l.enterGroup(id)
		rooms++
	}
	for _, c := range l.s.heardContacts() {
		l.enterContact(c)
		rooms++
	}
	if rooms == 0 {
		l.emit(engine.Event{Body: engine.Connected{Me: me}})
	}
	l.startProbe()
	l.tellMissed()
}

// heardContacts are those among the configured rooms, or all if none are.
func (s *session) heardContacts() (list []*contact) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, id := range slices.Sorted(maps.Keys(s.book.contacts)) {
		c := s.book.contacts[id]
		named := slices.ContainsFunc(s.env.Rooms, func(room engine.RoomID) bool {
			r, err := s.book.resolve(room)
			return err == nil && r.kind == '@' && r.id == id
		})
		if named || len(s.env.Rooms) == 0 {
			list = append(list, c)
		}
	}
	return list
}

func (l *link) enterGroup(id int64) {
	l.s.mu.Lock()
	g := l.s.book.groups[id]
	room, users, me := groupRoom(g.info), g.users(), l.s.book.self(g.info)
	l.s.mu.Unlock()
	l.emit(engine.Event{Room: room, Body: engine.Roster{Users: append(users, me)}})
	l.emit(engine.Event{Room: room, Body: engine.Connected{Me: me}})
}

func (l *link) enterContact(c *contact) {
	l.s.mu.Lock()
	me := l.s.book.self(nil)
	l.s.mu.Unlock()
	room := contactRoom(c)
	l.emit(engine.Event{Room: room, Body: engine.Roster{Users: []engine.User{c.user(), me}}})
	l.emit(engine.Event{Room: room, Body: engine.Connected{Me: me}})
}
