// SPDX-License-Identifier: Apache-2.0

package uitest

import (
	"flag"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/cryptotest"

	"yuexin/shared/i18n"
	"yuexin/shared/uikit/scene"
	"yuexin/shared/uikit/theme"
)

// Update says to write what tests compare with anew; see Walk.
var Update = flag.Bool("update", false, "write markup and pictures of the scenes anew")

// modes are those in which a scene is looked at; at a kiosk somebody may have large type in English as well. Markup is kept of
// all.
func modes(place theme.Place) []scene.Variant {
	modes := slices.DeleteFunc(scene.Variants(), func(v scene.Variant) bool { return v.Dark })
	if place == theme.Kiosk {
		modes = append(modes, scene.Variant{Name: "english-elder", Lang: i18n.En, Mode: theme.Elder})
	}
	return modes
}

// Walk opens every registered scene in every mode and holds it to Window.Audit, and to what look, which may be nil, finds.
// What it shows is compared with the markup in dir/markup/<scene>.txt, and of a Main scene also with the pictures
// dir/golden/<scene>-<mode>.png. There is no list of scenes: one that is registered is walked. With -update the files are
// written instead, and those of scenes that are gone are removed; "make goldens" does so for all programs.
func Walk(t *testing.T, texts *i18n.Catalogue, dir string, look func(t *testing.T, w *Window, p *i18n.Printer)) {
	t.Helper()
	files := map[string]bool{}
	for _, s := range scene.All() {
		var markup strings.Builder
		seen := 0
		for _, v := range modes(s.Place) {
			name := strings.ReplaceAll(s.Name, "/", "-")
			t.Run(s.Name+"/"+v.Name, func(t *testing.T) {
				cryptotest.SetGlobalRandom(t, 1) // what is drawn by lot is the same every time
				Look(t, theme.Look{Place: s.Place, Mode: v.Mode})
				p := texts.Printer(v.Lang)
				w := Open(t, s.Build(p), s.Bounds())
				if s.Over != nil {
					s.Over(p, w.Canvas())
				}
				w.Audit()
				if look != nil {
					look(t, w, p)
				}
				fmt.Fprintf(&markup, "== %s\n%s", v.Name, w.Outline())
				seen++
			})
			if s.Main && v.Name != "english-elder" {
				golden := filepath.Join(dir, "golden", name+"-"+v.Name+".png")
				files[golden] = true
				t.Run(s.Name+"/"+v.Name+"-picture", func(t *testing.T) {
					cryptotest.SetGlobalRandom(t, 1)
					samePicture(t, golden, scene.Paint(s, v, texts))
				})
			}
		}
		file := filepath.Join(dir, "markup", strings.ReplaceAll(s.Name, "/", "-")+".txt")
		files[file] = true
		if seen == len(modes(s.Place)) { // not where -run picks some
			same(t, file, markup.String())
		}
	}
	if !t.Failed() || *Update {
		noOthers(t, dir, files)
	}
}

// same compares a text with a file.
func same(t *testing.T, file, got string) {
	t.Helper()
	if *Update {
		write(t, file, func(f *os.File) error { _, err := f.WriteString(got); return err })
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Errorf("no markup of a scene; make goldens writes it: %v", err)
		return
	}
	was, is := strings.Split(string(want), "\n"), strings.Split(got, "\n")
	for i := range max(len(was), len(is)) {
		a, b := lineAt(was, i), lineAt(is, i)
		if a != b {
			t.Errorf("%s:%d: look at the scene; if it is right, make goldens\n was %s\n is  %s", file, i+1, a, b)
			return
		}
	}
}

func lineAt(lines []string, i int) string {
	if i < len(lines) {
		return lines[i]
	}
	return "(nothing)"
}

// differing is how many of a million points of two pictures may differ: rounding at the edges of letters is another on another
// sort of processor.
const differing = 500

// samePicture compares a picture with a file.
func samePicture(t *testing.T, file string, got image.Image) {
	t.Helper()
	if *Update {
		write(t, file, func(*os.File) error { return scene.Write(file, got) })
		return
	}
	f, err := os.Open(file)
	if err != nil {
		t.Errorf("no picture of a main scene; make goldens paints it: %v", err)
		return
	}
	defer f.Close()
	want, err := png.Decode(f)
	if err != nil {
		t.Errorf("%s: %v", file, err)
		return
	}
	if want.Bounds() != got.Bounds() {
		t.Errorf("%s is %v, the scene %v", file, want.Bounds(), got.Bounds())
		return
	}
	if n := unlike(want, got); n > differing*want.Bounds().Dx()*want.Bounds().Dy()/1_000_000 {
		t.Errorf("%s: %d points differ; look at the scene, and if it is right, make goldens", file, n)
	}
}

// unlike counts the points that an eye could tell apart.
func unlike(a, b image.Image) (n int) {
	const most = 24 // of 255, in any colour
	bounds := a.Bounds()
	for y := bounds.Min.Y; y < bounds.Max.Y; y++ {
		for x := bounds.Min.X; x < bounds.Max.X; x++ {
			p, q := color.NRGBAModel.Convert(a.At(x, y)).(color.NRGBA), color.NRGBAModel.Convert(b.At(x, y)).(color.NRGBA)
			if max(far(p.R, q.R), far(p.G, q.G), far(p.B, q.B)) > most {
				n++
			}
		}
	}
	return n
}

func far(a, b uint8) int { return max(int(a)-int(b), int(b)-int(a)) }

func write(t *testing.T, file string, fill func(*os.File) error) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	f, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := fill(f); err != nil {
		t.Fatal(err)
	}
}

// noOthers wants no file of a scene that is gone.
func noOthers(t *testing.T, dir string, files map[string]bool) {
	t.Helper()
	for _, kind := range []string{"markup/*.txt", "golden/*.png"} {
		there, err := filepath.Glob(filepath.Join(dir, kind))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range there {
			switch {
			case files[file]:
			case *Update:
				if err := os.Remove(file); err != nil {
					t.Fatal(err)
				}
			default:
				t.Errorf("%s is of no scene; make goldens removes it", file)
			}
		}
	}
}
