// SPDX-License-Identifier: Apache-2.0

// Command kiosk is the program of a 粤智助 machine in a village office. What
// residents hand in is sealed to the server at once: the machine can send it,
// not read it.
package main

import (
	"os"

	"yuexin/shared/verbs"
)

func main() {
	os.Exit(verbs.Main(verbs.Program{
		Name: "kiosk", Short: "Let villagers register themselves and their loan demands, with or without a network",
		Windows: windows,
	}))
}
