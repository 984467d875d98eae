package luaapi

import (
	"botd/engine/script"
)

type stateArgs struct {
	Fields script.Value `lua:"fields" type:"table"` // the first values; besides them version, a whole number from 1 (1 if not given), and migrate, a function
}

const maxVersion = 1 << 30

// state returns the script's one table that is kept over reload and restart. Call it once,
// at the top of the script. It has what was kept, and the first values of fields for which
// nothing was; write to it as to any table. It may hold booleans, numbers, strings and
// tables of them with such keys, 1 MiB in all; a table that is in it twice is two
// after a reload. What cannot be kept is reported with its place in the table, and the
// state from before stays what is kept.
//
// It is written within a second after a handler has changed it, and on reload and stop: a
// crash of the machine or the daemon can lose the last second. What must never get lost,
// such as a payment, belongs in kv, whose calls return when it is on the disk.
//
// If what was kept has an earlier version, migrate(old, from_version) is called and
// returns the table of this version, or nothing if old itself is right by then. An error
// in it keeps the version of the script that serves. While a new version loads, the one
// that serves does nothing from the call of state on.
//
//	local st = state{ version = 1, karma = {} }
//	bot.hear("(%w+)%+%+", function(ev, who)
//	  st.karma[who] = (st.karma[who] or 0) + 1
//	  ev:reply(("%s is at %d"):format(who, st.karma[who]))
//	end)
//	-- ann: bob++
//	-- botd: bob is at 1
//	-- mia: bob++
//	-- botd: bob is at 2
func state(c *script.Call, a stateArgs) script.Value {
	def := script.StateDef{Version: 1}
	if !a.Fields.IsTable() {
		c.BadArg("fields", "%s", script.Expected("a table", a.Fields))
	}
	a.Fields.Pairs(func(k, v script.Value) bool {
		name, ok := k.AsString()
		if _, number := k.AsNumber(); number || !ok {
			c.BadArg("fields", "[%s]: expected named fields, such as state{ count = 0 }", c.Text(k))
		}
		switch name {
		case "version":
			n, ok := v.AsNumber()
			if def.Version = int(n); !ok || n != float64(def.Version) || n < 1 || n > maxVersion {
				c.BadArg("fields", "version: expected a whole number from 1")
			}
		case "migrate":
			if def.Migrate, ok = v.AsFunc(); !ok {
				c.BadArg("fields", "migrate: expected a function(old, from_version)")
			}
		default:
			def.Default = append(def.Default, script.StateField{Name: name, Value: v})
		}
		return true
	})
	return c.State(def)
}
