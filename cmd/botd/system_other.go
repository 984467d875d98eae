//go:build !unix

package main

func freeBytes(string) (bytes uint64, ok bool) { return 0, false }

func openFiles() (most uint64, ok bool) { return 0, false }
