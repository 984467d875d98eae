package simplextest

// A link is how others are reached: a full one, and a short one.
type link struct{ full, short string }

func (s *Server) newLink(kind string) link {
	key := s.secret("")
	return link{
		full:  "https://simplex.chat/" + kind + "#/?v=2-7&smp=smp%3A%2F%2F" + key + "%40smp.example.org%2Fq1",
		short: "https://smp.example.org/" + kind[:1] + "#" + key,
	}
}

func (l link) json() m { return m{"connFullLink": l.full, "connShortLink": l.short} }

func (l link) has(text string) bool {
	return text == l.full || text == l.short || text == l.full+" "+l.short
}

// An address is a profile's own, for contact requests.
type address struct {
	id       int64
	link     link
	settings m
}

func (a *address) json() m {
	return m{"userContactLinkId": a.id, "connLinkContact": a.link.json(), "shortLinkDataSet": true, "shortLinkLargeDataSet": true, "addressSettings": a.settings}
}

func (a *address) business() bool { on, _ := a.settings["businessAddress"].(bool); return on }
func (a *address) accepts() bool  { return a.settings["autoAccept"] != nil }

func (t *text) createAddress() action {
	id := t.num()
	t.flag("pq_ratchet")
	return func(o *op) (m, error) {
		if err := o.own(id); err != nil {
			return nil, err
		}
		return createAddress(o)
	}
}

func createAddress(o *op) (m, error) {
	if err := o.needUser(); err != nil {
		return nil, err
	}
	if o.user.address != nil {
		return nil, missing("duplicateContactLink", nil)
	}
	o.user.address = &address{id: o.id(), link: o.newLink("contact"), settings: m{"businessAddress": false}}
	return o.answer("userContactLinkCreated", m{"connLinkContact": o.user.address.link.json()})
}

// addressOf runs f with the address of the profile with an ID, or of the active one.
func (t *text) addressOf(f func(*op, *address) (m, error)) action {
	id := t.num()
	return func(o *op) (m, error) {
		if err := o.own(id); err != nil {
			return nil, err
		}
		return withAddress(f)(o)
	}
}

func withAddress(f func(*op, *address) (m, error)) action {
	return func(o *op) (m, error) {
		if err := o.needUser(); err != nil {
			return nil, err
		}
		if o.user.address == nil {
			return nil, missing("userContactLinkNotFound", nil)
		}
		return f(o, o.user.address)
	}
}

func showAddress(o *op, a *address) (m, error) {
	return o.answer("userContactLink", m{"contactLink": a.json()})
}

func deleteAddress(o *op, _ *address) (m, error) {
	o.user.address = nil
	return o.answer("userContactLinkDeleted", nil)
}

func (t *text) profileAddress() action {
	id := t.num()
	t.lit(" ")
	on := t.onOff()
	return func(o *op) (m, error) {
		if err := o.own(id); err != nil {
			return nil, err
		}
		p := tagged("", o.user.profile)
		delete(p, "type")
		delete(p, "contactLink")
		if on {
			if o.user.address == nil {
				return nil, missing("userContactLinkNotFound", nil)
			}
			p["contactLink"] = o.user.address.link.full
		}
		return o.setProfile(p)
	}
}

func (t *text) addressSettings() action {
	id := t.num()
	t.flag("pq_ratchet")
	t.lit(" ")
	var set struct {
		Business bool `json:"businessAddress"`
		Accept   *struct {
			Incognito bool `json:"acceptIncognito"`
		} `json:"autoAccept"`
		Reply m `json:"autoReply"`
	}
	t.json(&set)
	t.require(set.Reply == nil || validContent(set.Reply))
	settings := m{"businessAddress": set.Business}
	if set.Accept != nil {
		settings["autoAccept"] = m{"acceptIncognito": set.Accept.Incognito}
	}
	if set.Reply != nil {
		settings["autoReply"] = set.Reply
	}
	return func(o *op) (m, error) {
		if err := o.own(id); err != nil {
			return nil, err
		}
		return withAddress(setAddress(settings))(o)
	}
}

func setAddress(settings m) func(*op, *address) (m, error) {
	return func(o *op, a *address) (m, error) {
		a.settings = settings
		return o.answer("userContactLinkUpdated", m{"contactLink": a.json()})
	}
}

// autoAccept is the older command for the same.
func (t *text) autoAccept() action {
	on := t.onOff()
	settings := m{"businessAddress": false}
	incognito := t.flag("incognito")
	if on {
		settings["autoAccept"] = m{"acceptIncognito": incognito}
	}
	if t.opt(" json ") {
		var reply m
		t.json(&reply)
		t.require(validContent(reply))
		settings["autoReply"] = reply
	}
	return withAddress(setAddress(settings))
}

func (t *text) shareAddress() action {
	to := t.ref("@#")
	return func(o *op) (m, error) {
		if _, err := o.chat(to); err != nil {
			return nil, err
		}
		return withAddress(func(o *op, a *address) (m, error) {
			return o.answer("chatMsgContent", m{"msgContent": m{
				"type": "chat", "text": a.link.short,
				"chatLink": m{"type": "contact", "connLink": a.link.short, "profile": o.user.profile, "business": a.business()},
			}})
		})(o)
	}
}

func (t *text) shareChat() action {
	from := t.ref("@#")
	t.lit(" ")
	to := t.ref("@#")
	return func(o *op) (m, error) {
		c, err := o.chat(from)
		if err != nil {
			return nil, err
		}
		if _, err := o.chat(to); err != nil {
			return nil, err
		}
		if c.group == nil {
			l, _ := c.contact.profile["contactLink"].(string)
			if l == "" {
				return nil, failure("internalError", m{"message": "the contact has no address"})
			}
			return o.answer("chatMsgContent", m{"msgContent": m{"type": "chat", "text": l,
				"chatLink": m{"type": "contact", "connLink": l, "profile": c.contact.profile}}})
		}
		if c.group.link == nil {
			return nil, missing("groupLinkNotFound", m{"groupInfo": c.group.json(o.Server)})
		}
		l := c.group.link.link.short
		return o.answer("chatMsgContent", m{"msgContent": m{"type": "chat", "text": l,
			"chatLink": m{"type": "group", "connLink": l, "groupProfile": c.group.profile}}})
	}
}
