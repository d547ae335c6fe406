// SPDX-License-Identifier: Apache-2.0

package scene

import (
	"fmt"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"strings"

	"fyne.io/fyne/v2/driver/software"

	"yuexin/shared/i18n"
	"yuexin/shared/uikit/theme"
)

// Variant is one way in which every scene is painted.
type Variant struct {
	Name string
	Mode theme.Mode
	Dark bool
	Lang i18n.Lang
}

// Variants are those of Shoot.
func Variants() []Variant {
	return []Variant{
		{Name: "normal", Lang: i18n.ZhHans},
		{Name: "elder", Mode: theme.Elder, Lang: i18n.ZhHans},
		{Name: "english", Lang: i18n.En},
		{Name: "dark", Dark: true, Lang: i18n.ZhHans},
	}
}

// Paint draws a scene without a display, one pixel per unit. An app with our theme must be current (theme.Apply); the look
// stays changed afterwards.
func Paint(s Scene, v Variant, texts *i18n.Catalogue) image.Image {
	theme.Set(theme.Look{Place: s.Place, Mode: v.Mode, Dark: v.Dark})
	p := texts.Printer(v.Lang)
	c := software.NewCanvas()
	c.SetPadded(false)
	// Fyne drops what it thinks was not drawn for a minute, by the time of the last picture. After a longer pause it would drop
	// what is built now, between layout and painting; this tells it the time.
	c.Capture()
	c.SetContent(s.Build(p))
	c.Resize(s.Bounds())
	if s.Over != nil {
		s.Over(p, c)
	}
	return c.Capture()
}

// Shoot paints every scene whose name begins with of, in every variant, to dir/<variant>/<name with - for />.png.
func Shoot(texts *i18n.Catalogue, dir, of string) error {
	for _, v := range Variants() {
		folder := filepath.Join(dir, v.Name)
		if err := os.MkdirAll(folder, 0o755); err != nil {
			return fmt.Errorf("make folder for pictures: %w", err)
		}
		for _, s := range All() {
			if !strings.HasPrefix(s.Name, of) {
				continue
			}
			name := strings.ReplaceAll(s.Name, "/", "-") + ".png"
			if err := Write(filepath.Join(folder, name), Paint(s, v, texts)); err != nil {
				return err
			}
		}
	}
	return nil
}

// Write writes a picture as PNG.
func Write(path string, img image.Image) (err error) {
	f, err := os.Create(path)
	if err != nil {
		return fmt.Errorf("create picture: %w", err)
	}
	defer func() {
		if cerr := f.Close(); err == nil && cerr != nil {
			err = fmt.Errorf("close picture: %w", cerr)
		}
	}()
	encoder := png.Encoder{CompressionLevel: png.BestCompression}
	if err := encoder.Encode(f, img); err != nil {
		return fmt.Errorf("encode picture: %w", err)
	}
	return nil
}
