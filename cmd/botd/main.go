// Command botd keeps chat sessions alive on many networks and feeds what happens there
// to Lua scripts.
package main

import "os"

func main() {
	os.Exit(run(osEnv()))
}
