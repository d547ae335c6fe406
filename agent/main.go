// SPDX-License-Identifier: Apache-2.0

// Command agent is the laptop program of credit officers on site visits. It
// works for days without a network.
package main

import (
	"os"

	"github.com/spf13/cobra"

	"yuexin/agent/screen"
	"yuexin/shared/uikit"
	"yuexin/shared/uikit/theme"
	"yuexin/shared/verbs"
)

func main() {
	if len(os.Args) > 1 && os.Args[1] == "gallery" { // hidden, for those who build the windows
		screen.RegisterScenes()
		os.Exit(uikit.Gallery(appID, theme.Desk, os.Args[2:]))
	}
	os.Exit(verbs.Main(verbs.Program{
		Name: "agent", Short: "Collect households, merchants and loan demands on site visits, with or without a network",
		Windows: windows, Own: func(t verbs.Tools) []*cobra.Command {
			return []*cobra.Command{importing{t}.command(), importing{t}.past()}
		},
	}))
}
