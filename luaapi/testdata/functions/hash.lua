--- hash.sha256 works
same(hash.sha256("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")

--- hash.sha256 wrong: argument 1 (text): expected a string, got nil
hash.sha256()

--- hash.sha256 cannot fail: computes

--- hash.hmac_sha256 works
same(hash.hmac_sha256("key", "The quick brown fox jumps over the lazy dog"), "f7bc83f430538424b13298e6aa6fb143ef4d59a14946175997479dbc2d1a3cd8")

--- hash.hmac_sha256 wrong: argument 2 (text): expected a string, got nil
hash.hmac_sha256("key")

--- hash.hmac_sha256 cannot fail: computes

--- hash.equal works
same(hash.equal("abc", "abc"), true)
same(hash.equal("abc", "abd"), false)
same(hash.equal("abc", "ab"), false)

--- hash.equal wrong: argument 1 (a): expected a string, got true
hash.equal(true, "a")

--- hash.equal cannot fail: computes
