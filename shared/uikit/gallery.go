// SPDX-License-Identifier: Apache-2.0

package uikit

import (
	"flag"
	"fmt"
	"os"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/app"

	"yuexin/assets"
	"yuexin/shared/i18n"
	"yuexin/shared/uikit/scene"
	"yuexin/shared/uikit/theme"
)

// Gallery shows the registered scenes in a window, or with -shot DIR among args paints them into a folder without a
// display, and returns the exit code. The programs call it for their hidden command "gallery".
func Gallery(id string, place theme.Place, args []string) int {
	flags := flag.NewFlagSet("gallery", flag.ContinueOnError)
	shot := flags.String("shot", "", "paint every scene to PNG files in this folder, without a display")
	if err := flags.Parse(args); err != nil {
		return 2
	}
	if err := gallery(id, place, *shot); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

func gallery(id string, place theme.Place, shot string) error {
	texts, err := i18n.Load(assets.Locales())
	if err != nil {
		return fmt.Errorf("load texts: %w", err)
	}
	if shot != "" {
		theme.Apply(app.NewWithID(id), place)
		return scene.Shoot(texts, shot)
	}
	start := Start
	if place == theme.Kiosk {
		start = func(id string) (fyne.App, error) { return StartPanel(id, ByDisplay) }
	}
	a, err := start(id)
	if err != nil {
		message, hint := texts.Printer(i18n.ZhHans).Explain(err)
		return fmt.Errorf("%s%s (%w)", message, hint, err)
	}
	scene.Browse(a, texts)
	a.Run()
	return nil
}
