// Package flock keeps two processes from using the same files. The system gives a lock
// back when the process ends, however it does.
package flock
