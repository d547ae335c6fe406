// SPDX-License-Identifier: Apache-2.0

// Command kiosk is the program of a 粤智助 machine in a village office. What
// residents hand in is sealed to the server at once: the machine can send it,
// not read it.
package main

import (
	"os"

	"yuexin/kiosk/screen"
	"yuexin/shared/uikit"
	"yuexin/shared/uikit/theme"
	"yuexin/shared/verbs"
)

func main() {
	if len(os.Args) > 1 && os.Args[1] == "gallery" { // hidden, for those who build the windows
		screen.RegisterScenes()
		os.Exit(uikit.Gallery("cn.gov.example.yuexin.kiosk", theme.Kiosk, os.Args[2:]))
	}
	var c face
	os.Exit(verbs.Main(verbs.Program{
		Name: "kiosk", Short: "Let villagers register themselves and their loan demands, with or without a network",
		Windows: c.windows, Flags: c.flags,
	}))
}
