// Package luaapi is what scripts can do: one file for each module or class of
// objects. A function is a Go function and a line in a table; how scripts call it, its
// error messages, the editor types and the reference follow from its types, its tags
// and its comments. Nothing here touches Lua itself or the world: both are behind
// [script.Call].
package luaapi

import "botd/engine/script"

//go:generate go run ./internal/gen

// New returns the library every script gets.
func New() *script.Library {
	return &script.Library{
		Modules: []*script.Module{
			&base64Module, &botModule, &configModule, &cronModule, &csvModule, &hashModule, &httpModule, &i18nModule, &jsonModule, &kvModule, &logModule, &metricsModule, &modModule, &reModule, &rngModule,
			&secretModule, &sharedModule, &textModule, &timeModule, &urlModule, &yamlModule,
		},
		Classes: []script.AnyClass{
			eventClass, roomClass, userClass, sessionClass, messageClass, subClass, timerClass, taskClass, entryClass, jobClass, ladderClass, pollClass, raffleClass, kvClass, regexClass, responseClass, hookRequestClass,
		},
		Globals: globals,
	}
}

// Pure returns the modules that only compute: tests of scripts have them too.
func Pure() []*script.Module {
	return []*script.Module{
		&base64Module, &csvModule, &hashModule, &jsonModule, &reModule, &rngModule, &textModule, &timeModule, &urlModule, &yamlModule,
	}
}
