// SPDX-License-Identifier: Apache-2.0

package screen

import (
	"slices"

	"fyne.io/fyne/v2"
	fynetheme "fyne.io/fyne/v2/theme"

	"yuexin/shared/uikit/layout"
	"yuexin/shared/uikit/theme"
	"yuexin/shared/uikit/widget"
)

// The characters of the two sorts of codes; what can be taken for another is in neither.
const (
	plateCharacters = "0123456789ABCDEFGHJKMNPQRSTVWXYZ" // Crockford base32, as doorplate.Code
	slipCharacters  = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  // as replica.PutDraft draws them
	codeLength      = 8
)

// padColumns is how many keys stand in a row: four rows for all characters of a code, two for the figures alone.
const (
	padColumns    = 8
	figureColumns = 5
)

// highestKey is how high a key of a code pad grows, in units.
const highestKey = 176

// pad is a screen for a code of eight characters, with a key for each that can be in it.
type pad struct {
	title, help, deed string // text keys
	characters        string
	columns           int // how many keys stand in a row
	enter             func(code string) error
}

func (k *Kiosk) plateCode() fyne.CanvasObject {
	return k.pad(pad{
		title: "kiosk.code.title", help: "kiosk.code.help", deed: "kiosk.code.go",
		characters: plateCharacters, columns: padColumns, enter: k.Flow.EnterCode,
	})
}

func (k *Kiosk) slip() fyne.CanvasObject {
	return k.pad(pad{
		title: "kiosk.slip.title", help: "kiosk.slip.help", deed: "kiosk.slip.go",
		characters: slipCharacters, columns: padColumns, enter: k.Flow.Resume,
	})
}

// proof asks for the lookup code of a receipt.
func (k *Kiosk) proof() fyne.CanvasObject {
	return k.pad(pad{
		title: "kiosk.proof.title", help: "kiosk.proof.help", deed: "kiosk.proof.go",
		characters: "1234567890", columns: figureColumns, enter: k.Flow.EnterProof,
	})
}

func (k *Kiosk) pad(p pad) fyne.CanvasObject {
	figure := widget.NewText("").In(theme.Figure, theme.Ink).Align(fyne.TextAlignCenter).Line()
	deed := k.main(k.t(p.deed), func() { p.enter(string(k.code)) }) // a fault is shown by the flow
	write := func() {
		figure.SetText(grouped(k.code))
		if len(k.code) < codeLength {
			deed.Disable()
		} else {
			deed.Enable()
		}
	}
	write()
	gap := theme.S2
	if k.Flow.Large() {
		gap = theme.S1 // so that all keys are seen at once
	}
	keys := layout.FillTiles(p.columns, 0, highestKey, gap)
	for _, r := range p.characters {
		keys.Add(widget.NewTile(string(r), "", nil, func() {
			k.Flow.Touch()
			if len(k.code) < codeLength {
				k.code = append(k.code, r)
			}
			write()
		}))
	}
	edit := layout.Spread(theme.S3,
		widget.NewButton(k.t("kiosk.code.rub"), widget.Secondary, fynetheme.NavigateBackIcon(), func() {
			k.Flow.Touch()
			k.code = slices.Delete(k.code, max(0, len(k.code)-1), len(k.code))
			write()
		}),
		widget.NewButton(k.t("kiosk.code.clear"), widget.Secondary, nil, func() {
			k.Flow.Touch()
			k.code = nil
			write()
		}),
	)
	box := widget.NewPanel(theme.Paper, theme.Edge, theme.Round, layout.Inset(theme.S4, figure))
	return k.frame(frame{
		title: k.t(p.title), note: k.t(p.help),
		body: stack(theme.S4, box, k.problem()),
		fill: keys,
		low:  edit,
		foot: []fyne.CanvasObject{deed},
	})
}

// grouped shows a code as it is printed, with a place for each character that is still to come.
func grouped(code []rune) string {
	out := slices.Clone(code)
	for len(out) < codeLength {
		out = append(out, '·')
	}
	return string(slices.Insert(out, codeLength/2, '-'))
}
