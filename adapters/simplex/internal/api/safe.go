package api

import (
	"regexp"
	"slices"

	"botd/engine"
)

// link is an invitation or an address; names are left out because a program that does
// not know them takes the command for one without a link.
var link = regexp.MustCompile(`^(simplex:/|https?://)[^\s]+$`)

// roles are those the program's parser takes, though its reference lists more.
var roles = []string{"observer", "member", "moderator", "admin", "owner"}

// Safe refuses what [Command.Encode] could write but nobody can mean: commands that end
// the process, that make an invitation because the link is missing, or that no program
// reads. Errors have code Invalid or Denied.
func (c *Command) Safe(params map[string]any) error {
	if c.Name == "APIStopChat" {
		return engine.Errorf(engine.Denied, "APIStopChat ends the SimpleX program; stop the session instead")
	}
	for _, p := range c.Params {
		if p.Type != "GroupMemberRole" {
			continue
		}
		if role, ok := params[p.Name].(string); ok && !slices.Contains(roles, role) {
			return engine.Errorf(engine.Invalid, "%s of %s is %q, want one of observer, member, moderator, admin, owner", p.Name, c.Name, role)
		}
	}
	switch c.Name {
	case "APIConnect":
		l, _ := params["preparedLink_"].(map[string]any)
		if l["connShortLink"] != nil && !isLink(l["connShortLink"]) {
			return notLink(c.Name, "preparedLink_.connShortLink")
		}
		if !isLink(l["connFullLink"]) {
			return notLink(c.Name, "preparedLink_")
		}
	case "Connect":
		if !isLink(params["connTarget_"]) && !isLink(params["connLink_"]) {
			return notLink(c.Name, "connTarget_")
		}
	}
	return nil
}

func isLink(v any) bool {
	s, ok := v.(string)
	return ok && link.MatchString(s)
}

func notLink(command, param string) error {
	return engine.Errorf(engine.Invalid, "%s needs a link in %s, simplex:/… or https://…; to make an invitation call APIAddContact", command, param)
}
