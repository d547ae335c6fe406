// SPDX-License-Identifier: Apache-2.0

package screen

import (
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	fynetheme "fyne.io/fyne/v2/theme"

	"yuexin/shared/credit/myfile"
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

// pad is a screen for a code, with a key for each character that can be in it.
type pad struct {
	title, help, deed string // texts
	least, most       int    // characters; 0: codeLength
	hidden            bool   // what is typed is not shown
	below             fyne.CanvasObject
	characters        string
	columns           int // how many keys stand in a row
	enter             func(code string) error
}

func (k *Kiosk) plateCode() fyne.CanvasObject {
	return k.pad(pad{
		title: k.t("kiosk.code.title"), help: k.t("kiosk.code.help"), deed: k.t("kiosk.code.go"),
		characters: plateCharacters, columns: padColumns, enter: k.Flow.EnterCode,
	})
}

func (k *Kiosk) slip() fyne.CanvasObject {
	return k.pad(pad{
		title: k.t("kiosk.slip.title"), help: k.t("kiosk.slip.help"), deed: k.t("kiosk.slip.go"),
		characters: slipCharacters, columns: padColumns, enter: k.Flow.Resume,
	})
}

// proof asks for the lookup code of a receipt.
func (k *Kiosk) proof() fyne.CanvasObject {
	return k.pad(pad{
		title: k.t("kiosk.proof.title"), help: k.t("kiosk.proof.help"), deed: k.t("kiosk.proof.go"),
		characters: "1234567890", columns: figureColumns, enter: k.Flow.EnterProof,
	})
}

func (k *Kiosk) pad(p pad) fyne.CanvasObject {
	if p.most == 0 {
		p.least, p.most = codeLength, codeLength
	}
	figure := widget.NewText("").In(theme.Figure, theme.Ink).Align(fyne.TextAlignCenter).Line()
	if p.most > 2*codeLength {
		figure = widget.NewText("").In(theme.Lead, theme.Ink).Align(fyne.TextAlignCenter)
	}
	deed := k.main(p.deed, func() { p.enter(string(k.code)) }) // a fault is shown by the flow
	write := func() {
		figure.SetText(p.shown(k.code))
		if len(k.code) < p.least {
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
			if len(k.code) < p.most {
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
		title: p.title, note: p.help,
		body: stack(theme.S4, box, k.problem(), p.below),
		fill: keys,
		low:  edit,
		foot: []fyne.CanvasObject{deed},
	})
}

// shown shows a code as it is printed, with a place for each character that is still to come; of a hidden one only how much was
// typed.
func (p pad) shown(code []rune) string {
	out := slices.Clone(code)
	if p.hidden {
		for i := range out {
			out[i] = '●'
		}
	}
	for len(out) < p.least {
		out = append(out, '·')
	}
	switch {
	case p.hidden:
		return strings.Join(strings.Split(string(out), ""), " ")
	case p.most == codeLength:
		return string(slices.Insert(out, codeLength/2, '-'))
	}
	return myfile.Group(string(out[:2*codeLength])) + "\n" + myfile.Group(string(out[2*codeLength:]))
}
