// Package chatlog keeps what passes through rooms, for people who look back and for rules
// of moderation that are tried on it: messages, and what was done about them by whom.
//
// The log is a folder of files with a JSON object on each line, an [Entry]. A file is named by
// when it was begun; only the last one grows. So looking at the log needs nobody's leave: [Read] reads
// the files, in any process, while the daemon writes. Keeping it bounded means to remove the oldest file.
//
// A [Log] writes. What it hears waits in memory for up to a second and is written in one
// piece beside whoever said it; that much is lost if the process is killed. A line that was cut
// by that is cut off when the log is opened again, and readers skip what is no entry.
package chatlog
