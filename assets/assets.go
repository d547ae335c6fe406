// SPDX-License-Identifier: Apache-2.0

// Package assets holds the files that travel inside the programs: region data, texts, and later fonts, forms,
// catalogues and web files. It has no behaviour: packages that read a folder take it as an fs.FS.
package assets

import (
	"embed"
	"io/fs"
)

// FS holds every embedded file under the folder it has in the source tree. A new folder is one more go:embed line.
//
//go:embed regions/*.csv
//go:embed locales
//go:embed policies/*.json
//go:embed scorecards/*.json
//go:embed devices/*.json
//go:embed pinyin/*.bin pinyin/*.json pinyin/terms.txt
//go:embed forms/*.json
//go:embed exchange/*.json
//go:embed voice
//go:embed web
var FS embed.FS

// pinyin.csv is generated from the names in the region files.
//
//go:generate go run ./regions/internal/genpinyin -dir regions

// The pinyin dictionary holds the names in the region files too, so it comes after them; with it come the orders of
// strokes.
//
//go:generate go run ./pinyin/internal/gendict -dir .

// Regions returns the region files, for region.Load.
func Regions() fs.FS { return Folder("regions") }

// Locales returns one folder of texts per language, for i18n.Load.
func Locales() fs.FS { return Folder("locales") }

// Folder returns one top folder of FS as a file system of its own. It panics on a path that is not valid for fs.Sub:
// the name is a constant of the caller, never input.
func Folder(name string) fs.FS {
	sub, err := fs.Sub(FS, name)
	if err != nil {
		panic("assets: " + err.Error())
	}
	return sub
}
