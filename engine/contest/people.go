package contest

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"botd/engine"
	"botd/engine/script"
)

// whoIs says what makes a user the same one tomorrow, as far as the network knows that:
// else nothing but the name does.
func whoIs(s engine.SessionID, u engine.User) (who string, byNick bool) {
	switch {
	case u.Identity != "":
		return "id:" + u.Identity, false
	case u.Account != "":
		return "account:" + string(s) + "/" + u.Account, false
	}
	return "nick:" + string(s) + "/" + strings.ToLower(cmp.Or(u.Name, string(u.ID))), true
}

// admit says why somebody may not take part, with code Denied.
func (c *contest) admit(u engine.User) error {
	switch {
	case u.IsBot:
		return engine.Errorf(engine.Denied, "bots cannot take part")
	case c.Spec.SubscribersOnly && u.Role < engine.Subscriber:
		return engine.Errorf(engine.Denied, "only subscribers may take part")
	case len(c.Spec.Roles) > 0 && !slices.ContainsFunc(c.Spec.Roles, func(r string) bool { return is(u, r) }):
		return engine.Errorf(engine.Denied, "only %s may take part", strings.Join(c.Spec.Roles, ", "))
	}
	return nil
}

// is reports whether a user has a role: a rung of the ladder, a group of the
// configuration, or a word of the network.
func is(u engine.User, role string) bool {
	if r, err := engine.ParseRole(role); err == nil {
		return u.Role >= r
	}
	same := func(s string) bool { return strings.EqualFold(s, role) }
	return slices.ContainsFunc(u.Groups, same) || slices.ContainsFunc(u.Roles, same)
}

// weight is what somebody weighs by their roles: the most of those they have, or 1.
func (c *contest) weight(u engine.User) float64 {
	w, found := 0.0, false
	for role, n := range c.Spec.Weights {
		if is(u, role) && (!found || n > w) {
			w, found = n, true
		}
	}
	if !found {
		return 1
	}
	return w
}

// scales is somebody who is being weighed by the script.
type scales struct {
	user  engine.User
	asked bool
	until time.Time
	then  []func(weight float64, known bool)
}

// weighing is how long the script has to say what somebody weighs.
const weighing = 5 * time.Second

// weigh calls then with what somebody weighs, at once if no function of the script is to
// say that.
func (m *Manager) weigh(c *contest, u engine.User, then func(weight float64, known bool)) {
	if !c.Spec.Weighed {
		then(c.weight(u), true)
		return
	}
	who, _ := whoIs(c.Session, u)
	s := c.scale[who]
	if s == nil {
		s = &scales{user: u, until: m.now().Add(weighing)}
		c.scale[who] = s
	}
	s.then = append(s.then, then)
	m.askWeights(c)
}

// askWeights hands the script those who are to be weighed, if it waits for any.
func (m *Manager) askWeights(c *contest) {
	if c.weigher == nil {
		return
	}
	var a script.ContestAnswer
	for _, s := range c.scale {
		if !s.asked {
			s.asked = true
			a.Users = append(a.Users, s.user)
		}
	}
	if w := c.weigher; len(a.Users) > 0 || c.over() {
		c.weigher = nil
		w.reply(a)
	}
}

func (m *Manager) weighed(c *contest, u engine.User, weight float64) {
	who, _ := whoIs(c.Session, u)
	m.offScales(c, who, weight, true)
}

func (m *Manager) offScales(c *contest, who string, weight float64, known bool) {
	s := c.scale[who]
	if s == nil {
		return
	}
	delete(c.scale, who)
	for _, then := range s.then {
		then(weight, known)
	}
}

// unweighed lets go whom the script did not weigh in time: they weigh 1.
func (m *Manager) unweighed(c *contest, now time.Time) {
	for who, s := range c.scale {
		if !now.Before(s.until) {
			m.offScales(c, who, 1, false)
		}
	}
}
