// Package hctvtest simulates the chat server of hackclub.tv, for tests and for playing.
//
// It does what the chat handler of the site's published source does, as far as clients
// can see it: logins that are refused without a word, roles and their hierarchy,
// restrictions, rate limit and slow mode, blocked terms, the history, emoji, and silence
// where the real one is silent. The recordings in ../testdata/transcripts replay on it.
//
// A new server holds the world of these recordings; see [New].
package hctvtest
