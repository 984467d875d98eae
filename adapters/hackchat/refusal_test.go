package hackchat

import (
	"testing"

	"botd/engine"
)

// TestRefusals: each warning of the servers, with its number and in the bare text of
// the older ones, finds the request it answers. The texts are from the recordings.
func TestRefusals(t *testing.T) {
	tests := []struct {
		id   int
		text string
		cmd  string // one it can answer
		not  string // one it cannot, "" if it can answer any
		code engine.Code
	}{
		{11, "You are sending too much text. Wait a moment and try again.\nPress the up arrow key to restore your last message.", "chat", "", engine.RateLimited},
		{14, "You are being rate-limited or blocked.", "chat", "", engine.RateLimited},
		{0, "Your IP is being rate-limited or blocked.", "chat", "", engine.RateLimited},
		{51, "You are sending invites too fast. Wait a moment before trying again.", "invite", "", engine.RateLimited},
		{12, "Could not find user in that channel", "whisper", "chat", engine.NotFound},
		{12, "Could not find user(s) in that channel", "kick", "chat", engine.NotFound},
		{0, "Could not find user in channel", "dumb", "chat", engine.NotFound},
		{13, "Cannot ban other users of the same level, how rude", "ban", "chat", engine.Denied},
		{13, "This trick wont work on users of the same level", "dumb", "chat", engine.Denied},
		{0, "Cannot kick other mods, how rude", "kick", "chat", engine.Denied},
		{14, "Failed to execute 'shout': missing required text\n\n", "shout", "chat", engine.Invalid},
		{14, "Unknown command", "getwallet", "", engine.Unsupported},
		{14, "Command not found, did you mean: `emote`?", "getwallet", "", engine.Unsupported},
		{15, "Failed to run command: You must have a trip code to do this.", "claimchannel", "chat", engine.Denied},
		{16, "Unknown command: /nosuch", "chat", "", engine.Invalid},
		{18, "You must connect a wallet first", "claimchannel", "chat", engine.Unsupported},
		{18, "No wallet currently connected", "disconnectwallet", "chat", engine.Unsupported},
		{19, "Channel is already locked.", "lockroom", "chat", engine.Conflict},
		{19, "Channel is not locked.", "unlockroom", "chat", engine.Conflict},
		{19, "@alice has not connected a wallet", "getwallet", "chat", engine.Conflict},
		{32, "Nickname must consist of up to 24 letters, numbers, and underscores", "changenick", "chat", engine.Invalid},
		{0, "You are not the admin, liar!", "changenick", "chat", engine.Invalid},
		{34, "Nickname taken", "changenick", "chat", engine.Conflict},
		{71, "Failed to save config, check logs.", "saveconfig", "chat", engine.Internal},
		{81, "Failed to claim ownership: Global moderators may not own channels", "claimchannel", "chat", engine.Denied},
		{92, "Failed to make channel private: This channel is already private", "makeprivate", "chat", engine.Conflict},
		{112, "Failed to renew ownership: You may not do that", "renewclaim", "chat", engine.Denied},
		{121, "Failed to set level: Invalid trip.", "setlevel", "chat", engine.Invalid},
		{125, "Failed to set level: New level may not be the same or greater than your own.", "setlevel", "chat", engine.Invalid},
		{141, "Failed to release ownership: That which is not owned may not be unowned, and with strange aeons. . .", "unclaimchannel", "chat", engine.Denied},
		{151, "Invalid color! Color must be in hex value", "forcecolor", "chat", engine.Invalid},
		{191, "Invalid flair", "forceflair", "chat", engine.Invalid},
		{201, "hash:'targethash' or ip:'1.2.3.4' is required", "speak", "chat", engine.Invalid},
		{211, "You must be using a trip code that is channelModerator or higher.", "hack", "chat", engine.Denied},
		{214, "Your URL should start with https://", "hack", "chat", engine.Denied},
		{231, "Target level too high (9999999). You may only lock up to 999999", "lockroom", "chat", engine.Invalid},
	}
	for _, tt := range tests {
		for _, id := range []int{tt.id, 0} {
			if id == 0 && tt.text[0] == '@' {
				continue // without a number it says nothing of its kind
			}
			f := &noticeFrame{Warn: true, ID: id, Text: tt.text}
			kind := classify(f)
			switch {
			case kind.code != tt.code:
				t.Errorf("warn %d %q is %q with code %q, want %q", id, tt.text, kind.name, kind.code, tt.code)
			case !kind.answers(&pending{cmd: tt.cmd}, tt.text):
				t.Errorf("warn %d %q answers no %s", id, tt.text, tt.cmd)
			case tt.not != "" && kind.answers(&pending{cmd: tt.not}, tt.text):
				t.Errorf("warn %d %q answers %s", id, tt.text, tt.not)
			}
		}
	}
	if kind := classify(&noticeFrame{Warn: true, ID: 99, Text: "mind the gap"}); kind.answers(&pending{cmd: "chat"}, "") {
		t.Errorf("an unknown warning is %q", kind.name)
	}
}
