package luaapi

import (
	"botd/engine"
	"botd/engine/script"
)

type emojiArgs struct {
	Names []string `lua:"names"` // without colons
}

// roomEmoji looks up emoji of the network's own, which people write as :name:. It gives
// the URLs of their pictures by name; names that nobody knows are not in it.
//
//	bot.command("emoji", function(ev, name)
//	  local urls = assert(ev.room:emoji{name})
//	  ev:reply(urls[name] or "there is no :" .. name .. ": here")
//	end)
//	-- ann: !emoji yay
//	-- botd does: emoji names=[yay]
//	-- botd: there is no :yay: here
func roomEmoji(c *script.Call, r *room, a emojiArgs) (map[string]string, error) {
	rec := c.DoWait(request(r.session, engine.Emoji{Room: r.room.ID, Names: a.Names}))
	if err := rec.Error(); err != nil {
		return nil, err
	}
	found, _ := rec.Answer.(map[string]any)
	urls := make(map[string]string, len(found))
	for name, url := range found {
		urls[name], _ = url.(string)
	}
	return urls, nil
}

type emojiSearchArgs struct {
	Term string `lua:"term"` // a part of a name
}

// roomEmojiSearch lists names of the network's own emoji that are like the term, the best
// first.
//
//	bot.command("find", function(ev, term)
//	  local names = assert(ev.room:emoji_search(term))
//	  ev:reply(#names .. " emoji are like " .. term)
//	end)
//	-- ann: !find ya
//	-- botd does: search_emoji term=ya
//	-- botd: 0 emoji are like ya
func roomEmojiSearch(c *script.Call, r *room, a emojiSearchArgs) ([]string, error) {
	rec := c.DoWait(request(r.session, engine.SearchEmoji{Room: r.room.ID, Term: a.Term}))
	if err := rec.Error(); err != nil {
		return nil, err
	}
	found, _ := rec.Answer.([]any)
	names := make([]string, len(found))
	for i, name := range found {
		names[i], _ = name.(string)
	}
	return names, nil
}
