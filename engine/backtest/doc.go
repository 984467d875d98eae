// Package backtest tries rules of moderation on a log of what was said, and compares what they
// would have done with what moderators did. The rules run in the very parts that the daemon runs
// them in, [warden.Warden] and all below it, on a clock that follows the log and with a network on
// which every step succeeds and nothing leaves.
package backtest
