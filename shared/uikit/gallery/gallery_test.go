// SPDX-License-Identifier: Apache-2.0

package main

import (
	"os"
	"path/filepath"
	"testing"

	"yuexin/shared/uikit/scene"
	"yuexin/shared/uikit/theme"
	"yuexin/shared/uikit/uitest"
)

func TestMain(m *testing.M) {
	scene.Register(pieces()...)
	scene.Register(formScenes()...)
	uitest.Main(m, theme.Desk)
}

func TestScenes(t *testing.T) {
	texts := uitest.Texts(t)
	uitest.Walk(t, texts, "testdata", nil)
	if missing := texts.Missing(); len(missing) > 0 {
		t.Errorf("texts that are not there: %q", missing)
	}
}

func TestShoot(t *testing.T) {
	uitest.Look(t, theme.Look{})
	dir := t.TempDir()
	if err := scene.Shoot(uitest.Texts(t), dir, ""); err != nil {
		t.Fatal(err)
	}
	for _, v := range scene.Variants() {
		files, err := filepath.Glob(filepath.Join(dir, v.Name, "*.png"))
		if err != nil || len(files) != len(scene.All()) {
			t.Errorf("%s: %d pictures of %d scenes (%v)", v.Name, len(files), len(scene.All()), err)
		}
	}
	if err := scene.Shoot(uitest.Texts(t), filepath.Join(os.DevNull, "x"), ""); err == nil {
		t.Error("no error for a folder that cannot be made")
	}
}
