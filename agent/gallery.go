// SPDX-License-Identifier: Apache-2.0

package main

import (
	"flag"
	"fmt"
	"os"

	fyneapp "fyne.io/fyne/v2/app"

	"yuexin/agent/screen"
	"yuexin/assets"
	"yuexin/shared/i18n"
	"yuexin/shared/uikit"
	"yuexin/shared/uikit/scene"
	"yuexin/shared/uikit/theme"
)

// galleryCommand is a hidden command for those who build the windows: it shows every screen over made-up people. It is
// caught before the other commands, which know nothing of windows.
const galleryCommand = "gallery"

// gallery shows the screens, or with -shot paints them into a folder, and returns the exit code.
func gallery(args []string) int {
	flags := flag.NewFlagSet(galleryCommand, flag.ContinueOnError)
	shot := flags.String("shot", "", "paint every scene to PNG files in this folder, without a display")
	if err := flags.Parse(args); err != nil {
		return 2
	}
	if err := runGallery(*shot); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

func runGallery(shot string) error {
	texts, err := i18n.Load(assets.Locales())
	if err != nil {
		return fmt.Errorf("load texts: %w", err)
	}
	screen.RegisterScenes()
	if shot != "" {
		theme.Apply(fyneapp.NewWithID(appID), theme.Desk)
		return scene.Shoot(texts, shot)
	}
	a, err := uikit.Start(appID, theme.Desk)
	if err != nil {
		message, hint := texts.Printer(i18n.ZhHans).Explain(err)
		return fmt.Errorf("%s%s (%w)", message, hint, err)
	}
	scene.Browse(a, texts)
	a.Run()
	return nil
}
