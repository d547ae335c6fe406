// SPDX-License-Identifier: Apache-2.0

// Command gallery shows the pieces of uikit with prepared data: a list of scenes and the one that is chosen. With
// --shot DIR it opens no window and paints every scene to PNG files instead, in normal and large size, in English and dark.
//
// The screens of a program are not here, because shared code imports no program: run its hidden subcommand gallery, which
// takes the same flag. Both are scene.Browse and scene.Shoot over what was registered.
package main

import (
	"flag"
	"fmt"
	"os"

	"fyne.io/fyne/v2/app"

	"yuexin/assets"
	"yuexin/shared/i18n"
	"yuexin/shared/uikit"
	"yuexin/shared/uikit/scene"
	"yuexin/shared/uikit/theme"
)

const appID = "cn.yuexin.gallery"

func main() {
	shot := flag.String("shot", "", "paint every scene to PNG files in this folder, without a display")
	flag.Parse()
	if err := run(*shot); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(shot string) error {
	texts, err := i18n.Load(assets.Locales())
	if err != nil {
		return fmt.Errorf("load texts: %w", err)
	}
	scene.Register(pieces()...)
	scene.Register(formScenes()...)
	if shot != "" {
		theme.Apply(app.NewWithID(appID), theme.Desk)
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
