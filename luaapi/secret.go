package luaapi

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"botd/engine"
	"botd/engine/nearest"
	"botd/engine/script"
)

// secret gives a script the passwords and tokens that its entry of config.yaml has for it.
var secretModule = script.Module{Name: "secret", Members: []script.Member{script.Fn("get", secretGet).Grants(engine.GrantSecrets).Reads()}}

type secretArgs struct {
	Name string `lua:"name"` // as under secrets: in the script's entry
}

// secretGet is a secret of the script's entry in config.yaml, where it stands as
// secrets: {token: "${env:API_TOKEN}"}. It needs the grant secrets. What the script logs and
// its errors show [secret] in its place; what it says in a room is its own business.
//
//	bot.command("weather", function(ev, city)
//	  local token, why = secret.get("token")
//	  if not token then return log.warn(why.message) end
//	  ev:reply(city .. " is sunny")
//	end)
//	-- ann: !weather Rome
//	-- log: secrets need the grant secrets; add it to the grants of "test" in config.yaml
func secretGet(c *script.Call, a secretArgs) (string, error) {
	have := c.Script().Secrets
	if have == nil {
		return "", engine.Errorf(engine.Denied, "secrets need the grant secrets; add it to the grants of %q in config.yaml", c.Script().Name)
	}
	if v, ok := have[a.Name]; ok {
		return v, nil
	}
	known := slices.Sorted(maps.Keys(have))
	hint := nearest.HintOrAll(a.Name, known)
	if !strings.HasSuffix(hint, "?") {
		hint += fmt.Sprintf(`: write secrets: {%s: "${env:NAME}"} into the script's entry in config.yaml`, clip(a.Name))
	}
	return "", engine.Errorf(engine.NotFound, "no secret %q%s", clip(a.Name), hint)
}
