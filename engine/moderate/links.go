package moderate

import (
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"
	"golang.org/x/net/publicsuffix"

	"botd/engine"
)

// allowed is an entry of the list of links that are fine: a host, with all below it, and
// perhaps the beginning of a path.
type allowed struct{ host, path string }

func (c *compiled) links(r Links) error {
	var list []allowed
	for _, entry := range r.Allow {
		text := strings.TrimPrefix(strings.TrimPrefix(strings.ToLower(strings.TrimSpace(entry)), "https://"), "http://")
		host, path, _ := strings.Cut(strings.TrimPrefix(text, "*."), "/")
		ascii, err := idna.Lookup.ToASCII(host)
		if err != nil || !strings.Contains(ascii, ".") {
			return engine.Errorf(engine.Invalid, "links: allow: %q is no host, such as example.com", shorten(entry))
		}
		list = append(list, allowed{ascii, "/" + strings.TrimSuffix(path, "/")})
	}
	if len(list) > MaxList {
		return engine.Errorf(engine.Invalid, "links: allow: more than %d hosts", MaxList)
	}
	c.check = func(_ *Set, v *view) (string, bool) {
		for _, l := range findLinks(v.plain(), r.Strict) {
			if !slices.ContainsFunc(list, l.is) {
				return shorten(l.host + strings.TrimSuffix(l.path, "/")), true
			}
		}
		return "", false
	}
	return nil
}

// link is an address in a text. The host is in ASCII and lower case.
type link struct{ host, path string }

// is reports whether an entry of the list covers the link.
func (l link) is(a allowed) bool {
	if l.host != a.host && !strings.HasSuffix(l.host, "."+a.host) {
		return false
	}
	return a.path == "/" || l.path == a.path || strings.HasPrefix(l.path, a.path+"/") || strings.HasPrefix(l.path, a.path+"?")
}

// Dots that are written otherwise, and schemes made harmless by those who warn of links
// and harmful by those who post them.
var (
	otherDots = strings.NewReplacer("。", ".", "｡", ".", "․", ".", "．", ".", "﹒", ".", "꓿", ".", "⁄", "/", "∕", "/", "⧸", "/")
	brackets  = regexp.MustCompile(`(?i)\s*[(\[{<]\s*(?:\.|dot|d0t|punkt|punto|point)\s*[)\]}>]\s*`)
	spelled   = regexp.MustCompile(`(?i)\b([\p{L}\d][\p{L}\d-]*)(?:\s+dot\s+|\s+d0t\s+|\s+\.\s*|\s*\.\s+)([a-z]{2,10})\b`)
	harmless  = regexp.MustCompile(`(?i)\bh(?:xx|\*\*|tt)ps?\s*:\s*/\s*/\s*`)
)

// findLinks lists the addresses in a text without characters nobody sees.
func findLinks(text string, strict bool) []link {
	ascii := isASCII(text)
	if strings.IndexByte(text, '.') < 0 && (ascii || !strings.ContainsAny(text, "。｡․．﹒꓿")) && !strings.Contains(text, "://") && !mentionsDot(text) {
		return nil
	}
	if !ascii {
		text = otherDots.Replace(text)
	}
	if strings.ContainsAny(text, "([{<") {
		text = brackets.ReplaceAllString(text, ".")
	}
	if mentionsDot(text) || strings.Contains(text, " .") || strings.Contains(text, ". ") {
		text = spelled.ReplaceAllStringFunc(text, joinSpelled)
	}
	if strings.Contains(text, "//") || strings.Contains(text, "/ /") {
		text = harmless.ReplaceAllString(text, "http://")
	}
	var out []link
	for text != "" {
		n := strings.IndexFunc(text, endsLink)
		if n < 0 {
			n = len(text)
		}
		called := strings.HasPrefix(text[n:], "(")
		for _, part := range partsOf(text[:n]) {
			if l, ok := linkIn(part, strict); ok && !(called && l.path == "/") { // foo.bar() is code
				out = append(out, l)
			}
		}
		if n < len(text) {
			_, size := utf8.DecodeRuneInString(text[n:])
			n += size
		}
		text = text[n:]
	}
	return out
}

// partsOf divides a word where an address may begin or end in it, as in "see:evil.com,evil.net/x". After a
// scheme, and in a path, any sign can be part of the address.
func partsOf(word string) (parts []string) {
	if strings.HasPrefix(word, "//") {
		return []string{word}
	}
	if strings.Contains(word, "://") {
		return schemesOf(word)
	}
	end := strings.IndexAny(word, `/\?#`)
	if end < 0 {
		end = len(word)
	}
	from := 0
	for i, r := range word[:end] {
		if !inAddress(r) && !(r == ':' && beginsPort(word[i+1:end])) {
			if strings.IndexByte(word[from:i], '.') >= 0 {
				parts = append(parts, word[from:i])
			}
			_, size := utf8.DecodeRuneInString(word[i:]) // not of r, which stands for a byte that is none
			from = i + size
		}
	}
	if strings.IndexByte(word[from:end], '.') >= 0 {
		parts = append(parts, word[from:])
	}
	return parts
}

// schemesOf divides addresses of which another one follows the host, as in "http://evil.com,http://evil.net".
func schemesOf(word string) (parts []string) {
	for {
		host := strings.Index(word, "://") + len("://")
		end := host + strings.IndexAny(word[host:], `/\?#`)
		if end <= host || word[end-1] != ':' || !strings.HasPrefix(word[end:], "//") {
			return append(parts, word)
		}
		cut := end - 1
		for cut > host && word[cut-1] < utf8.RuneSelf && isLetter(rune(word[cut-1])) {
			cut--
		}
		parts, word = append(parts, word[:cut]), word[cut:]
	}
}

// inAddress reports what can stand in the name of a host, or before one in an address of mail. Pictures can.
func inAddress(r rune) bool {
	if r < utf8.RuneSelf {
		return isLetter(r) || r >= '0' && r <= '9' || r == '.' || r == '-' || r == '_' || r == '@'
	}
	return r != utf8.RuneError && !unicode.IsPunct(r) && !unicode.In(r, unicode.Sm, unicode.Cc)
}

func beginsPort(text string) bool { return text != "" && text[0] >= '0' && text[0] <= '9' }

func endsLink(r rune) bool {
	return unicode.IsSpace(r) || strings.ContainsRune("<>\"'`()[]{}“”«»„…", r)
}

func mentionsDot(text string) bool {
	for i := 0; i+2 < len(text); i++ {
		if (text[i]|0x20) == 'd' && (text[i+2]|0x20) == 't' && ((text[i+1]|0x20) == 'o' || text[i+1] == '0') {
			return true
		}
	}
	return false
}

// spelledEnds are the ends of names that are looked for where the dot is a word or stands
// apart: any end would make a link of any sentence.
var spelledEnds = map[string]bool{
	"com": true, "net": true, "org": true, "io": true, "gg": true, "tv": true, "ru": true, "xyz": true, "info": true, "biz": true, "link": true,
	"top": true, "site": true, "online": true, "shop": true, "club": true, "app": true, "dev": true, "ly": true, "cc": true, "gl": true, "eu": true, "uk": true, "de": true,
}

// phraseWords stand before "dot com" in ordinary talk.
var phraseWords = map[string]bool{"the": true, "a": true, "an": true, "this": true, "that": true, "of": true, "or": true, "and": true, "old": true, "every": true, "first": true}

func joinSpelled(found string) string {
	m := spelled.FindStringSubmatch(found)
	if m == nil || !spelledEnds[strings.ToLower(m[2])] || phraseWords[strings.ToLower(m[1])] {
		return found
	}
	isSentence := strings.Contains(found, ". ") && !strings.Contains(found, " .") // "I like that. Top!"
	if isSentence && (unicode.IsUpper([]rune(m[2])[0]) || m[2] != "com" && m[2] != "net" && m[2] != "org") {
		return found
	}
	return m[1] + "." + m[2]
}

// linkIn reads a word as an address.
func linkIn(word string, strict bool) (link, bool) {
	word = strings.Trim(word, ".,;:!?*_~|-")
	before, rest, scheme := strings.Cut(word, "://")
	if !scheme {
		if rest = word; strings.HasPrefix(rest, "//") {
			rest = rest[2:]
		}
	}
	end := strings.IndexAny(rest, `/\?#`)
	path := ""
	if end >= 0 {
		rest, path = rest[:end], strings.ReplaceAll(rest[end:], `\`, "/")
	}
	if i := strings.LastIndexByte(rest, '@'); i >= 0 {
		if !scheme && path == "" || i == 0 {
			return link{}, false // an address of mail, or somebody called by name
		}
		rest = rest[i+1:]
	}
	host, port, hasPort := strings.Cut(rest, ":")
	if hasPort && (port == "" || strings.Trim(port, "0123456789") != "") {
		hasPort = false
	}
	return hostOf(host, path, scheme || hasPort, scheme && isWeb(before), strict)
}

// isWeb reports whether what stands before :// ends in http or https: programs make a link of
// that whatever follows.
func isWeb(before string) bool {
	before = strings.ToLower(before)
	return strings.HasSuffix(before, "http") || strings.HasSuffix(before, "https")
}

// lenient takes names of hosts as browsers and servers of names do: below those that are registered
// there are some with _ and odd hyphens.
var lenient = idna.New(idna.MapForLookup(), idna.StrictDomainName(false), idna.CheckHyphens(false))

func isNumber(host string) bool {
	_, err := strconv.ParseUint(host, 0, 32)
	return err == nil
}

// hostOf decides whether a name is one of a host. sure tells that it stands where only a host
// can, web that it does after http.
func hostOf(host, path string, sure, web, strict bool) (link, bool) {
	host = strings.Trim(host, ".-")
	if web && isNumber(host) { // http://2130706433/ is an address too
		return link{host, path}, true
	}
	if !strings.Contains(host, ".") || strings.Contains(host, "..") {
		return link{}, false
	}
	if ip, err := netip.ParseAddr(host); err == nil {
		return link{ip.String(), path}, sure || len(path) > 1
	}
	ascii, err := lenient.ToASCII(host)
	if err != nil || len(ascii) > 253 {
		return link{strings.ToLower(host), path}, web
	}
	end, known := publicsuffix.PublicSuffix(ascii)
	if name, err := publicsuffix.EffectiveTLDPlusOne(ascii); err == nil && !web && strings.Contains(name, "_") {
		return link{}, false // nobody can register it: code, most likely
	}
	if !known && !strings.Contains(end, ".") && !web || end == ascii && !sure {
		return link{}, false
	}
	sure = sure || strict || len(path) > 1 || strings.HasPrefix(ascii, "www.")
	if !sure && mayBeTalk(host) {
		return link{}, false
	}
	return link{ascii, "/" + strings.Trim(strings.ToLower(path), "/")}, true
}

// talkEnds are ends of names that also are ends of files' names, or words that begin
// sentences.
var talkEnds = map[string]bool{
	"py": true, "md": true, "sh": true, "rs": true, "pl": true, "so": true, "zip": true, "mov": true, "ps": true, "cc": true, "mm": true, "java": true, "app": true,
	"it": true, "is": true, "in": true, "to": true, "at": true, "me": true, "my": true, "no": true, "be": true, "us": true, "am": true, "as": true, "do": true,
	"an": true, "by": true, "if": true, "now": true, "you": true, "how": true, "what": true, "world": true, "next": true, "here": true, "ok": true, "yes": true, "he": true,
	"la": true, "de": true, "je": true, "es": true, "et": true, "se": true, "hm": true, "ms": true, "mr": true, "st": true, "are": true, "can": true, "one": true,
}

// mayBeTalk reports names of two parts that people write without meaning a link: files,
// and sentences without a space behind their end.
func mayBeTalk(host string) bool {
	name, end, _ := strings.Cut(host, ".")
	if strings.Contains(end, ".") {
		return false
	}
	first, _ := utf8.DecodeRuneInString(end)
	last, _ := utf8.DecodeLastRuneInString(name)
	if unicode.IsUpper(first) && (unicode.IsLower(last) || single(name)) { // or M.Sc.
		return true
	}
	return talkEnds[strings.ToLower(end)] || strings.Trim(name, "0123456789") == ""
}
