package luaapi

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"strings"

	"botd/engine"
	"botd/engine/script"
)

// base64 writes any bytes with letters, digits and few signs.
var base64Module = script.Module{Name: "base64", Pure: true, Members: []script.Member{
	script.Plain("encode", base64Encode), script.Fn("decode", base64Decode),
}}

type base64EncodeArgs struct {
	Text string           `lua:"text"`          // any bytes
	Opts base64EncodeOpts `lua:"opts,optional"` // which form
}

type base64EncodeOpts struct {
	URL bool `lua:"url,optional"` // the form that needs no escapes in addresses: "-" and "_", no "=" at the end
}

// base64Encode writes bytes in base64.
func base64Encode(c *script.Call, a base64EncodeArgs) string {
	c.Charge(1 + len(a.Text)/16)
	if a.Opts.URL {
		return base64.RawURLEncoding.EncodeToString([]byte(a.Text))
	}
	return base64.StdEncoding.EncodeToString([]byte(a.Text))
}

var (
	base64Spaces = strings.NewReplacer("\n", "", "\r", "", "\t", "", " ", "")
	base64Common = strings.NewReplacer("-", "+", "_", "/")
)

// base64Decode reads base64 in any of its forms; white space does not count.
func base64Decode(c *script.Call, a textArgs) (string, error) {
	c.Charge(1 + len(a.Text)/8)
	text := base64Common.Replace(base64Spaces.Replace(a.Text))
	out, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(text, "="))
	if err != nil {
		return "", engine.Errorf(engine.Invalid, "%s is not base64", quoted(a.Text))
	}
	return string(out), nil
}

// quoted shows the beginning of a text in an error.
func quoted(s string) string { return `"` + script.Printable(clip(s)) + `"` }

// hash makes short names of long texts, which nobody can turn round. Results are written
// in hexadecimal digits.
var hashModule = script.Module{Name: "hash", Pure: true, Members: []script.Member{
	script.Plain("sha256", hashSHA256), script.Plain("hmac_sha256", hashHMAC), script.Plain("equal", hashEqual),
}}

// hashSHA256 is the SHA-256 of some bytes.
func hashSHA256(c *script.Call, a textArgs) string {
	c.Charge(1 + len(a.Text)/16)
	sum := sha256.Sum256([]byte(a.Text))
	return hex.EncodeToString(sum[:])
}

type hmacArgs struct {
	Key  string `lua:"key"`
	Text string `lua:"text"`
}

// hashHMAC is a signature that only who has the key can make or check: HMAC with
// SHA-256.
func hashHMAC(c *script.Call, a hmacArgs) string {
	c.Charge(4 + len(a.Key)/16 + len(a.Text)/16)
	mac := hmac.New(sha256.New, []byte(a.Key))
	mac.Write([]byte(a.Text))
	return hex.EncodeToString(mac.Sum(nil))
}

type equalArgs struct {
	A string `lua:"a"`
	B string `lua:"b"`
}

// hashEqual compares two signatures in a time that tells nothing of them, as == would.
func hashEqual(c *script.Call, a equalArgs) bool {
	c.Charge(1 + min(len(a.A), len(a.B))/16)
	return hmac.Equal([]byte(a.A), []byte(a.B))
}
