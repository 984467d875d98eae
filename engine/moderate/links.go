package moderate

import (
	"net/netip"
	"regexp"
	"slices"
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
		l, ok := linkIn(text[:n], strict)
		if called := strings.HasPrefix(text[n:], "("); ok && !(called && l.path == "/") { // foo.bar() is code
			out = append(out, l)
		}
		if n < len(text) {
			_, size := utf8.DecodeRuneInString(text[n:])
			n += size
		}
		text = text[n:]
	}
	return out
}

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

// hostOf decides whether a name is one of a host. sure tells that it stands where only a host
// can, web that it does after http.
func hostOf(host, path string, sure, web, strict bool) (link, bool) {
	host = strings.Trim(host, ".-")
	if !strings.Contains(host, ".") || strings.Contains(host, "..") {
		return link{}, false
	}
	if ip, err := netip.ParseAddr(host); err == nil {
		return link{ip.String(), path}, sure || len(path) > 1
	}
	ascii, err := idna.Lookup.ToASCII(host)
	if err != nil || len(ascii) > 253 {
		return link{}, false
	}
	end, known := publicsuffix.PublicSuffix(ascii)
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
