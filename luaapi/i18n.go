package luaapi

import (
	"botd/engine"
	"botd/engine/i18n"
	"botd/engine/script"
)

// i18n finds the script's texts in the language of the room. A plugin has them in
// i18n/en.yaml and the like, a script in scripts/i18n/NAME/en.yaml; which language is spoken
// where stands under language: in config.yaml.
var i18nModule = script.Module{Name: "i18n", Pure: true, Members: []script.Member{
	script.Plain("t", i18nT), script.Plain("language", i18nLanguage),
}}

type i18nOpts struct {
	Lang string       `lua:"lang,optional"`             // a language, instead of the room's
	Room script.Value `lua:"room,optional" type:"room"` // whose language it is, instead of the event's
}

type i18nArgs struct {
	Key  string       `lua:"key"`           // as in the catalogue; parts of it are joined by dots
	Args script.Value `lua:"args,optional"` // what stands for the {names} in the text; n chooses the plural form
	Opts i18nOpts     `lua:"opts,optional"`
}

// i18nT is a text in the language of the event's room, else in what that is a variant of, else
// in the default language, else in English. Names in braces are filled in as by text.tpl. If the text has
// plural forms, {one: "{n} vote", other: "{n} votes"}, n in args chooses, by the rules of the language. A key
// that no catalogue has is returned as it is.
//
//	bot.command("votes", function(ev)
//	  ev:reply(i18n.t("votes", {n = 2}) .. " " .. i18n.t("missing.key"))
//	end)
//	-- ann: !votes
//	-- botd: votes missing.key
func i18nT(c *script.Call, a i18nArgs) string {
	c.Charge(10)
	if !a.Args.IsNil() && !a.Args.IsTable() && a.Args.Object() == nil {
		c.BadArg("args", "%s", script.Expected("a table or an object", a.Args))
	}
	lang := languageOf(c, a.Opts)
	texts := c.Script().Texts
	if texts == nil {
		return a.Key
	}
	forms, lang, ok := texts.Find(lang, a.Key)
	if !ok {
		return a.Key
	}
	text := forms["other"]
	if len(forms) > 1 && !a.Args.IsNil() {
		if n, ok := c.Index(a.Args, "n").AsNumber(); ok {
			text = forms.Pick(lang, n)
		}
	}
	return fillIn(c, text, a.Args)
}

// i18nLanguage is the language that i18n.t, time.span and time.ago speak if they know it, such
// as "en" or "pt-BR".
//
//	bot.command("lang", function(ev) ev:reply(i18n.language() .. " " .. i18n.language{lang = "it"}) end)
//	-- ann: !lang
//	-- botd: en it
func i18nLanguage(c *script.Call, a struct {
	Opts i18nOpts `lua:"opts,optional"`
}) string {
	return languageOf(c, a.Opts)
}

func languageOf(c *script.Call, o i18nOpts) string {
	if o.Lang != "" {
		if err := i18n.CheckTag(o.Lang); err != nil {
			c.BadArg("opts", "lang: %s", engine.AsError(err).Msg)
		}
		return o.Lang
	}
	r, isRoom := o.Room.Object().(*room) // the options have any value there: libraries without rooms have this module too
	if !isRoom && !o.Room.IsNil() {
		c.BadArg("opts", "room: %s", script.Expected("a room", o.Room))
	}
	texts := c.Script().Texts
	if texts == nil {
		return "en"
	}
	if isRoom {
		return texts.Language(r.session, r.room)
	}
	if ev := c.Event(); ev != nil && ev.Room.ID != "" {
		return texts.Language(ev.Session, ev.Room)
	}
	return texts.Default
}
