// Package trace remembers what became of the latest events on their way through the
// daemon, and has the vocabulary to say why nothing did.
package trace

import "slices"

// Reason says, in a word, why an event had no effect, or less than somebody hoped for.
// The list is closed: a new reason is a line in reasons.
type Reason string

const (
	NoScript       Reason = "no_script"       // no script is loaded
	NotLoaded      Reason = "not_loaded"      // the script does not load, or had not loaded by then
	NoHandler      Reason = "no_handler"      // it waits for no event of this kind
	UnknownCommand Reason = "unknown_command" // a command that nobody has
	OtherRoom      Reason = "other_room"      // the script, or the handler, is not for this room
	Filter         Reason = "filter"          // the handler's filter leaves it out: network, user, bot, privacy
	Pattern        Reason = "pattern"         // its text does not match the pattern
	OwnMessage     Reason = "own_message"     // the bot did it itself
	History        Reason = "history"         // it is from before the bot came
	Repeated       Reason = "repeated"        // it came before, and was handled then
	Answer         Reason = "answer"          // it answers a question that a script has asked
	Moderated      Reason = "moderated"       // it broke a rule of moderation, and was taken out
	Dropped        Reason = "dropped"         // a filter of a script took it out
	FilterFailed   Reason = "filter_failed"   // a filter failed to decide, and lets nothing pass then
	Overflow       Reason = "overflow"        // more events of its room waited for filters than may
	Changed        Reason = "changed"         // a filter of a script gave it another text
	Role           Reason = "role"            // the user may not
	Cooldown       Reason = "cooldown"        // too early
	Busy           Reason = "busy"            // the mode of the command: it runs already
	Usage          Reason = "usage"           // the arguments are not what the command takes
	Stopped        Reason = "stopped"         // a handler before it called ev:stop
	MailboxFull    Reason = "mailbox_full"    // too many events wait for the script
	Suspended      Reason = "suspended"       // the script hit its limits too often
	Waiting        Reason = "waiting"         // not yet: in the mailbox, or the handler waits
	HandlerError   Reason = "handler_error"   // the handler raised an error
	Limit          Reason = "limit"           // the handler hit a limit and was stopped
	Cancelled      Reason = "cancelled"       // the script was reloaded or stopped meanwhile
	Quiet          Reason = "quiet"           // the handler ran to its end and did nothing anybody sees
	Grant          Reason = "grant"           // the script was not granted what it tried
	Capability     Reason = "capability"      // the network cannot do what it tried, or not there
	BadAction      Reason = "bad_action"      // what it tried makes no sense there
	Flood          Reason = "flood"           // it waits for its turn to be sent, or waited too long
	OutboxFull     Reason = "outbox_full"     // too much waits to be sent
	Offline        Reason = "offline"         // the session is not online
	DryRun         Reason = "dry_run"         // nothing leaves in a dry run
	Failed         Reason = "failed"          // the network refused
	Unknown        Reason = "unknown"         // written to the network, which never confirmed it
	Forgotten      Reason = "forgotten"       // it is too long ago to tell
)

// reasons are all there are, with what each means to people.
var reasons = []struct {
	Reason
	means string
}{
	{NoScript, "no script is loaded"},
	{NotLoaded, "the script is not loaded, or was not at that time"},
	{NoHandler, "the script waits for no event of this kind"},
	{UnknownCommand, "no script has such a command"},
	{OtherRoom, "not for this room"},
	{Filter, "its filter leaves the event out"},
	{Pattern, "the text does not match its pattern"},
	{OwnMessage, "the bot did it itself"},
	{History, "it is from before the bot came"},
	{Repeated, "it was handled before, when the network sent it the first time"},
	{Answer, "it answers a question of a script, so nobody else gets it"},
	{Moderated, "it broke a rule of moderation, so nobody gets it"},
	{Dropped, "a filter dropped it, so nobody gets it"},
	{FilterFailed, "a filter that lets nothing pass unseen failed, so nobody gets it"},
	{Overflow, "too much waited for the filters of the room"},
	{Changed, "a filter gave it another text"},
	{Role, "the user may not use it"},
	{Cooldown, "too early"},
	{Busy, "it runs already"},
	{Usage, "the arguments are wrong"},
	{Stopped, "a handler before it called ev:stop"},
	{MailboxFull, "too many events wait for the script"},
	{Suspended, "the script is suspended"},
	{Waiting, "not yet"},
	{HandlerError, "the handler raised an error"},
	{Limit, "the handler was stopped by a limit"},
	{Cancelled, "the script was reloaded or stopped meanwhile"},
	{Quiet, "the handler ran and did nothing that can be seen"},
	{Grant, "not granted"},
	{Capability, "the network cannot do that there"},
	{BadAction, "the network would not take it"},
	{Flood, "held back so as not to flood the room"},
	{OutboxFull, "too much waits to be sent"},
	{Offline, "the session is not online"},
	{DryRun, "nothing is sent in a dry run"},
	{Failed, "the network refused"},
	{Unknown, "the network never confirmed it"},
	{Forgotten, "it is too long ago to tell"},
}

// Reasons lists all reasons in their fixed order.
func Reasons() []Reason {
	out := make([]Reason, len(reasons))
	for i, r := range reasons {
		out[i] = r.Reason
	}
	return out
}

// Known reports whether a reason is one of the list.
func (r Reason) Known() bool { return slices.Contains(Reasons(), r) }

// takenOut are the reasons for which no script gets an event at all.
var takenOut = []Reason{Moderated, Dropped, FilterFailed, Overflow}

// TakesOut reports whether the reason is one of the event as a whole: it kept the event
// from all scripts, whatever was done about it.
func (r Reason) TakesOut() bool { return slices.Contains(takenOut, r) }

// Means says what the reason means, in a few words.
func (r Reason) Means() string {
	for _, of := range reasons {
		if of.Reason == r {
			return of.means
		}
	}
	return string(r)
}
