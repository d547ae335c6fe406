// SPDX-License-Identifier: Apache-2.0

package screen_test

import (
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/cryptotest"

	"yuexin/shared/uikit/scene"
	"yuexin/shared/uikit/uitest"
)

const shotFolder = "../testdata/shots"

// TestShots: every scene has its picture, in the size of an officer's laptop, and no picture is left of a scene that is
// gone. It does not compare them: a picture is for people to look at, and says nothing that the other tests do not.
func TestShots(t *testing.T) {
	cryptotest.SetGlobalRandom(t, 1) // what is sealed on a picture is the same every time
	var want []string
	for _, s := range scene.All() {
		name := strings.TrimPrefix(s.Name, "agent/") + ".png"
		want = append(want, name)
		path := filepath.Join(shotFolder, name)
		if *uitest.Update {
			if err := scene.Write(path, scene.Paint(s, scene.Variants()[0], uitest.Texts(t))); err != nil {
				t.Fatal(err)
			}
		}
		f, err := os.Open(path)
		if err != nil {
			t.Errorf("no picture of a scene; make goldens paints it: %v", err)
			continue
		}
		c, err := png.DecodeConfig(f)
		_ = f.Close() // only read
		if err != nil || c.Width != int(s.Bounds().Width) || c.Height != int(s.Bounds().Height) {
			t.Errorf("%s is %d×%d: %v", name, c.Width, c.Height, err)
		}
	}
	there, err := filepath.Glob(filepath.Join(shotFolder, "*.png"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range there {
		if !slices.Contains(want, filepath.Base(path)) {
			t.Errorf("%s is of no scene", path)
		}
	}
}
