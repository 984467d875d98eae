// Package schedule says when things are due, and has them run then: cron's specs in any
// time zone, with a rule for the nights the clocks are changed, for runs that were
// missed while nobody looked, and for those that overlap.
//
// [Parse] and [Timetable] know times, [Plan] decides what is due, both without a clock;
// a [Scheduler] has the clock and carries the decisions out.
//
// # Clock changes
//
// The fields of a spec are compared with what a clock on the wall shows. When the clock
// is set back it shows some times twice: they count once, the first time. When it is
// set forward it skips some: [DST] says what becomes of those. A spec whose hour is "*"
// is no time of day but a rhythm: it goes on through the night, in both hours of the
// doubled one, and makes nothing up for the skipped one.
package schedule
