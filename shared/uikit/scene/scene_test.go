// SPDX-License-Identifier: Apache-2.0

package scene_test

import (
	"testing"

	"fyne.io/fyne/v2"
	"github.com/google/go-cmp/cmp"

	"yuexin/shared/i18n"
	"yuexin/shared/uikit/scene"
	"yuexin/shared/uikit/theme"
	"yuexin/shared/uikit/uitest"
	"yuexin/shared/uikit/widget"
)

func TestMain(m *testing.M) { uitest.Main(m, theme.Desk) }

func build(*i18n.Printer) fyne.CanvasObject { return widget.NewText("大沙村") }

func TestRegistry(t *testing.T) {
	scene.Register(scene.Scene{Name: "b/two", Build: build, Place: theme.Kiosk}, scene.Scene{Name: "a/one", Build: build})
	var names []string
	for _, s := range scene.All() {
		names = append(names, s.Name)
	}
	if diff := cmp.Diff([]string{"a/one", "b/two"}, names); diff != "" {
		t.Errorf("names (-want +got):\n%s", diff)
	}
	if s, ok := scene.Find("b/two"); !ok || s.Bounds() != scene.PanelSize {
		t.Errorf("b/two: %v, %v", ok, s.Bounds())
	}
	for name, bad := range map[string]scene.Scene{
		"twice": {Name: "a/one", Build: build}, "name": {Name: "A b", Build: build}, "nothing to build": {Name: "c"},
	} {
		if !panics(func() { scene.Register(bad) }) {
			t.Errorf("%s: no panic", name)
		}
	}
}

func panics(f func()) (did bool) {
	defer func() { did = recover() != nil }()
	f()
	return false
}

func TestPaintFollowsTheVariant(t *testing.T) {
	uitest.Look(t, theme.Look{})
	s := scene.Scene{Name: "x", Build: build, Size: fyne.NewSize(300, 100)}
	texts := uitest.Texts(t)
	seen := make(map[string]string)
	for _, v := range []scene.Variant{{Name: "normal"}, {Name: "elder", Mode: theme.Elder}, {Name: "dark", Dark: true}} {
		img := scene.Paint(s, v, texts)
		if img.Bounds().Dx() != 300 || img.Bounds().Dy() != 100 {
			t.Errorf("%s is %v", v.Name, img.Bounds())
		}
		sum := 0
		for y := range 100 {
			for x := range 300 {
				r, g, b, _ := img.At(x, y).RGBA()
				sum += int(r + g + b)
			}
		}
		key := string(rune(sum % 0xd000))
		if other, same := seen[key]; same {
			t.Errorf("%s looks like %s", v.Name, other)
		}
		seen[key] = v.Name
	}
}
