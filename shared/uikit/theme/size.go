// SPDX-License-Identifier: Apache-2.0

package theme

import (
	"fyne.io/fyne/v2"
	fynetheme "fyne.io/fyne/v2/theme"
)

// The sizes of DESIGN.md, in units of the canvas.
const (
	Small  fyne.ThemeSizeName = "yuexin.small"  // text: labels, times
	Text   fyne.ThemeSizeName = "yuexin.text"   // text
	Lead   fyne.ThemeSizeName = "yuexin.lead"   // text: headings in a page
	Title  fyne.ThemeSizeName = "yuexin.title"  // text: what the page is
	Figure fyne.ThemeSizeName = "yuexin.figure" // text: amounts, receipt numbers
	Huge   fyne.ThemeSizeName = "yuexin.huge"   // text: the seconds of a countdown; pictures that explain

	S1 fyne.ThemeSizeName = "yuexin.s1" // space within a thing
	S2 fyne.ThemeSizeName = "yuexin.s2" // space within a thing, between controls
	S3 fyne.ThemeSizeName = "yuexin.s3" // space between things of a group
	S4 fyne.ThemeSizeName = "yuexin.s4" // space between things of a group
	S5 fyne.ThemeSizeName = "yuexin.s5" // space between groups
	S6 fyne.ThemeSizeName = "yuexin.s6" // space around the page
	S7 fyne.ThemeSizeName = "yuexin.s7" // space around what stands alone

	Control fyne.ThemeSizeName = "yuexin.control" // least height and width of what is pressed
	Main    fyne.ThemeSizeName = "yuexin.main"    // height of the main button
	Corner  fyne.ThemeSizeName = "yuexin.corner"  // radius of controls
	Round   fyne.ThemeSizeName = "yuexin.round"   // radius of cards and big buttons
	Stroke  fyne.ThemeSizeName = "yuexin.stroke"  // width of a line
	Icon    fyne.ThemeSizeName = "yuexin.icon"    // side of an icon in text
	Measure fyne.ThemeSizeName = "yuexin.measure" // widest column that is easy to read
)

// How large a unit is, in millimetres: a laptop's 96 units an inch, and a kiosk's panel of 21.5 inches, 268 mm wide, the usual
// one of village machines [A]; a larger panel makes everything larger.
const (
	deskUnit  = 25.4 / 96
	kioskUnit = 268.0 / 1080
)

// Millimetres returns how large a size is on the usual display of the place.
func (l Look) Millimetres(name fyne.ThemeSizeName) float64 {
	if l.Place == Kiosk {
		return float64(l.Size(name)) * kioskUnit
	}
	return float64(l.Size(name)) * deskUnit
}

// lineHeight is the natural height of a line of the face over its text size, as Fyne measures it; a test holds it.
const lineHeight = 1.448

type sizes map[fyne.ThemeSizeName]float32

var deskSizes = sizes{
	Small: 13, Text: 14, Lead: 16, Title: 20, Figure: 26, Huge: 64,
	S1: 4, S2: 8, S3: 12, S4: 16, S5: 24, S6: 32, S7: 48,
	Control: 36, Main: 40, Corner: 4, Round: 8, Stroke: 1, Icon: 18, Measure: 720,
}

var deskElderSizes = deskSizes.with(sizes{
	Small: 20, Text: 24, Lead: 27, Title: 32, Figure: 40, Huge: 80, Control: 60, Main: 64, Icon: 28, Measure: 960,
})

// kioskSizes are units of a panel 1080 wide.
var kioskSizes = sizes{
	Small: 28, Text: 34, Lead: 40, Title: 56, Figure: 72, Huge: 176,
	S1: 8, S2: 16, S3: 24, S4: 32, S5: 48, S6: 64, S7: 96,
	Control: 96, Main: 128, Corner: 8, Round: 16, Stroke: 2, Icon: 44, Measure: 1000,
}

var kioskElderSizes = kioskSizes.with(sizes{
	Small: 36, Text: 44, Lead: 52, Title: 68, Figure: 84, Huge: 192, S2: 24, Control: 128, Main: 152, Icon: 56, S6: 48,
})

func (s sizes) with(changes sizes) sizes {
	out := make(sizes, len(s))
	for name, v := range s {
		out[name] = v
	}
	for name, v := range changes {
		out[name] = v
	}
	return out
}

func (l Look) sizes() sizes {
	switch {
	case l.Place == Kiosk && l.Mode == Elder:
		return kioskElderSizes
	case l.Place == Kiosk:
		return kioskSizes
	case l.Mode == Elder:
		return deskElderSizes
	}
	return deskSizes
}

// fyneSizes says which of ours Fyne's own widgets are drawn in.
var fyneSizes = map[fyne.ThemeSizeName]fyne.ThemeSizeName{
	fynetheme.SizeNameCaptionText:        Small,
	fynetheme.SizeNameText:               Text,
	fynetheme.SizeNameSubHeadingText:     Lead,
	fynetheme.SizeNameHeadingText:        Title,
	fynetheme.SizeNameInlineIcon:         Icon,
	fynetheme.SizeNameLineSpacing:        S1,
	fynetheme.SizeNamePadding:            S1,
	fynetheme.SizeNameSeparatorThickness: Stroke,
	fynetheme.SizeNameInputBorder:        Stroke,
	fynetheme.SizeNameInputRadius:        Corner,
	fynetheme.SizeNameSelectionRadius:    Corner,
	fynetheme.SizeNameButtonRadius:       Corner,
	fynetheme.SizeNameMenuRadius:         Corner,
	fynetheme.SizeNameCardRadius:         Round,
	fynetheme.SizeNameDialogRadius:       Round,
	fynetheme.SizeNamePopupRadius:        Round,
	fynetheme.SizeNameScrollBar:          S3,
	fynetheme.SizeNameScrollBarSmall:     S1,
	fynetheme.SizeNameScrollBarRadius:    S1,
}

// Size returns a size in this look: one of this package, or one of Fyne's.
func (l Look) Size(name fyne.ThemeSizeName) float32 {
	if name == fynetheme.SizeNameInnerPadding { // makes a line of text as high as a control
		s := l.sizes()
		return (s[Control] - s[Text]*lineHeight) / 2
	}
	if ours, ok := fyneSizes[name]; ok {
		name = ours
	}
	if v, ok := l.sizes()[name]; ok {
		return v
	}
	return fynetheme.DefaultTheme().Size(name)
}

// Size returns a size in the current look; see Look.Size.
func Size(name fyne.ThemeSizeName) float32 { return Current().Size(name) }
