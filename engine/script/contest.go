package script

import (
	"time"

	"botd/engine"
	"botd/engine/poll"
	"botd/engine/raffle"
)

// ContestOp is what a script wants of the daemon's polls and raffles.
type ContestOp string

const (
	ContestOpen    ContestOp = "open"
	ContestList    ContestOp = "list"    // those of the script, in a room or in all
	ContestState   ContestOp = "state"   // how it stands
	ContestWait    ContestOp = "wait"    // as state, once it is over
	ContestVote    ContestOp = "vote"    // of User
	ContestEnter   ContestOp = "enter"   // of User
	ContestPause   ContestOp = "pause"   //
	ContestResume  ContestOp = "resume"  //
	ContestClose   ContestOp = "close"   //
	ContestCancel  ContestOp = "cancel"  //
	ContestDraw    ContestOp = "draw"    //
	ContestReroll  ContestOp = "reroll"  // takes the prize from User
	ContestHide    ContestOp = "hide"    //
	ContestCleanup ContestOp = "cleanup" //
	ContestWeigh   ContestOp = "weigh"   // answered with the next users that are to be weighed
	ContestWeighed ContestOp = "weighed" // what User weighs
)

// ContestRequest is one thing a script wants of them. It survives JSON.
type ContestRequest struct {
	Origin  Origin
	Op      ContestOp
	Raffle  bool            // it is about raffles, not polls
	ID      string          // of all but open and list
	Room    engine.RoomPath // of open and list
	Over    bool            // of list: also those that are over
	Spec    *ContestSpec    // of open
	User    engine.User
	Choices []int   // of vote; from 1
	Answer  int     // of enter and draw; from 1
	Weight  float64 // of weighed
	Why     string  // of reroll
}

// ContestSpec is what a poll or a raffle is to be: one of Poll and Raffle is set.
type ContestSpec struct {
	Poll            *poll.Spec         `json:"poll,omitempty"`
	Raffle          *raffle.Spec       `json:"raffle,omitempty"`
	Roles           []string           `json:"roles,omitempty"` // any of them may take part; all may if there are none
	SubscribersOnly bool               `json:"subscribers_only,omitempty"`
	FollowersOnly   bool               `json:"followers_only,omitempty"`
	Weights         map[string]float64 `json:"weights,omitempty"` // by role; the largest counts
	Weighed         bool               `json:"weighed,omitempty"` // a function of the script weighs people
	InChat          bool               `json:"in_chat,omitempty"` // also where the network has its own
	Quiet           bool               `json:"quiet,omitempty"`   // the script does all the talking
	Texts           map[string]string  `json:"texts,omitempty"`   // in place of the usual ones
	Stands          bool               `json:"stands,omitempty"`  // of polls: votes cannot be changed, said by the script
	Changes         bool               `json:"changes,omitempty"` // of polls: they can, said by the script
}

// ContestInfo is how a poll or raffle stands.
type ContestInfo struct {
	ID       string
	Room     engine.RoomPath
	Session  engine.SessionID
	Platform string
	Place    engine.Room
	Raffle   bool `json:",omitempty"`
	Native   bool `json:",omitempty"`
	Status   string
	Until    time.Time `json:",omitzero"`
	// Identity says who voters and entrants are told apart by: "account", "nick" or "mixed".
	Identity   string
	Unweighed  int      `json:",omitempty"` // taken at a weight of 1 because the script's function did not answer
	Question   string   `json:",omitempty"`
	Options    []string `json:",omitempty"`
	Tag        string   `json:",omitempty"` // how votes name it where several polls are open
	Standing   []int    `json:",omitempty"`
	Round      int      `json:",omitempty"`
	Result     *poll.Result
	Prize      string         `json:",omitempty"`
	Keyword    string         `json:",omitempty"`
	Commitment string         `json:",omitempty"`
	ListHash   string         `json:",omitempty"`
	Entries    int            `json:",omitempty"`
	Answers    []int          `json:",omitempty"` // how many chose each
	Winners    []engine.User  `json:",omitempty"`
	Claiming   []engine.User  `json:",omitempty"` // were drawn, and have still to claim it
	Drawn      []raffle.Drawn `json:",omitempty"`
	Proof      *raffle.Proof  `json:",omitempty"`
	ProofFile  string         `json:",omitempty"`
}

// ContestAnswer is the outcome of a request.
type ContestAnswer struct {
	Contests []ContestInfo
	Users    []engine.User // of weigh
	Err      error         `json:"-"`
}

// Contest asks the daemon's polls and raffles and waits for the answer.
func (c *Call) Contest(r ContestRequest) ContestAnswer {
	var got ContestAnswer
	r.Origin = c.Origin()
	c.Wait(func(end func()) func() {
		return c.vm.door.Contest(r, func(a ContestAnswer) {
			got = a
			end()
		})
	})
	return got
}

// ContestTexts are the names of what polls and raffles say.
var ContestTexts = []string{
	"opened", "live", "progress", "paused", "resumed", "runoff", "ended", "cancelled", "voted",
	"how_plurality", "how_approval", "how_ranked", "ends", "hidden", "won", "lot", "tie", "none", "quorum", "by_nick",
	"raffle_opened", "raffle_paused", "raffle_resumed", "raffle_closed", "raffle_drawn", "raffle_ended", "raffle_nobody", "raffle_cancelled",
}
