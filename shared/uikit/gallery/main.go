// SPDX-License-Identifier: Apache-2.0

// Command gallery shows the pieces of uikit with prepared data: a list of scenes and the one that is chosen. With
// --shot DIR it opens no window and paints every scene to PNG files instead, in normal and large size, in English and dark.
//
// The screens of a program are not here, because shared code imports no program: run its hidden command gallery, which
// takes the same flag.
package main

import (
	"os"

	"yuexin/shared/uikit"
	"yuexin/shared/uikit/scene"
	"yuexin/shared/uikit/theme"
)

func main() {
	scene.Register(pieces()...)
	scene.Register(formScenes()...)
	os.Exit(uikit.Gallery("cn.yuexin.gallery", theme.Desk, os.Args[1:]))
}
