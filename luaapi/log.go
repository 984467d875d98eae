package luaapi

import (
	"log/slog"

	"botd/engine/script"
)

// log writes into the daemon's log, where botd tail shows it.
var logModule = script.Module{Name: "log", Pure: true, Members: []script.Member{
	script.Plain("debug", logDebug), script.Plain("info", logInfo), script.Plain("warn", logWarn), script.Plain("error", logError),
}}

type logArgs struct {
	Msg    script.Value   `lua:"msg"`             // anything; shown as tostring shows it
	Fields map[string]any `lua:"fields,optional"` // more about it, by name; at most 16 KiB
}

const maxLogFields = 16 << 10

func (a logArgs) write(c *script.Call, level slog.Level) script.None {
	text := c.Text(a.Msg)
	c.Charge(1 + len(text)/64)
	if script.Weight(a.Fields) > maxLogFields {
		c.BadArg("fields", "more than %d KiB for one line of a log", maxLogFields>>10)
	}
	c.Log(level, text, a.Fields)
	return script.None{}
}

// logDebug writes what only matters when something is being looked for.
func logDebug(c *script.Call, a logArgs) script.None { return a.write(c, slog.LevelDebug) }

// logInfo writes what happened.
func logInfo(c *script.Call, a logArgs) script.None { return a.write(c, slog.LevelInfo) }

// logWarn writes what went wrong and was dealt with.
func logWarn(c *script.Call, a logArgs) script.None { return a.write(c, slog.LevelWarn) }

// logError writes what a person must look at.
func logError(c *script.Call, a logArgs) script.None { return a.write(c, slog.LevelError) }
