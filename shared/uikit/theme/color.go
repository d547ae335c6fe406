// SPDX-License-Identifier: Apache-2.0

package theme

import (
	"image/color"

	"fyne.io/fyne/v2"
	fynetheme "fyne.io/fyne/v2/theme"
)

// The colours of DESIGN.md. Ink, Grey, Jade, Amber and Alert are for text and marks on Paper and Canvas; each tint is a
// ground for the colour of its name.
const (
	Ink       fyne.ThemeColorName = "yuexin.ink"       // text, figures
	Paper     fyne.ThemeColorName = "yuexin.paper"     // what is written on
	Jade      fyne.ThemeColorName = "yuexin.jade"      // ours; what can be pressed; what went well
	Amber     fyne.ThemeColorName = "yuexin.amber"     // needs a look soon
	Alert     fyne.ThemeColorName = "yuexin.alert"     // wrong, overdue, cannot be undone
	Grey      fyne.ThemeColorName = "yuexin.grey"      // second line, labels
	Edge      fyne.ThemeColorName = "yuexin.edge"      // border of what can be typed into
	Line      fyne.ThemeColorName = "yuexin.line"      // border between things
	Canvas    fyne.ThemeColorName = "yuexin.canvas"    // behind the paper
	JadeDeep  fyne.ThemeColorName = "yuexin.jadeDeep"  // menu, pressed; ground only
	JadeMid   fyne.ThemeColorName = "yuexin.jadeMid"   // chosen in the menu; ground only
	JadeTint  fyne.ThemeColorName = "yuexin.jadeTint"  // chosen, told
	AmberTint fyne.ThemeColorName = "yuexin.amberTint" // notice
	AlertTint fyne.ThemeColorName = "yuexin.alertTint" // refusal
	GreyTint  fyne.ThemeColorName = "yuexin.greyTint"  // a state without colour
	OnJade    fyne.ThemeColorName = "yuexin.onJade"    // text on Jade
	OnDeep    fyne.ThemeColorName = "yuexin.onDeep"    // text on JadeDeep
	OnAlert   fyne.ThemeColorName = "yuexin.onAlert"   // text on Alert
	Shade     fyne.ThemeColorName = "yuexin.shade"     // darkens what lies below a question
	Mark      fyne.ThemeColorName = "yuexin.mark"      // of a watermark, over everything; nearly nothing
	Clear     fyne.ThemeColorName = "yuexin.clear"     // nothing
)

type palette map[fyne.ThemeColorName]color.NRGBA

func hex(rgb uint32) color.NRGBA {
	return color.NRGBA{R: uint8(rgb >> 16), G: uint8(rgb >> 8), B: uint8(rgb), A: 255}
}

// light is the table of DESIGN.md.
var light = palette{
	Ink: hex(0x1b2430), Paper: hex(0xffffff), Jade: hex(0x0b625c), Amber: hex(0x8a4b00), Alert: hex(0xbe1e2d),
	Grey: hex(0x5b6571), Edge: hex(0x8a949f), Line: hex(0xdfe4e7), Canvas: hex(0xf4f6f7),
	JadeDeep: hex(0x074843), JadeMid: hex(0x0b625c), JadeTint: hex(0xe8f3f1), AmberTint: hex(0xfdf1de), AlertTint: hex(0xfce8e9), GreyTint: hex(0xeceff1),
	OnJade: hex(0xffffff), OnDeep: hex(0xffffff), OnAlert: hex(0xffffff),
	Shade: {R: 0x10, G: 0x18, B: 0x20, A: 0xb0}, Mark: {R: 0x1b, G: 0x24, B: 0x30, A: 0x11}, Clear: {},
}

// lightElder raises every text to 7:1, and borders with it.
var lightElder = light.with(palette{
	Jade: hex(0x074843), Amber: hex(0x6b3900), Alert: hex(0x961320), Grey: hex(0x1b2430), Edge: hex(0x5b6571), Line: hex(0xb9c2c9),
	JadeDeep: hex(0x053b37), JadeMid: hex(0x074843),
})

// dark turns the ground round; the colours keep their meaning.
var dark = palette{
	Ink: hex(0xe9edf0), Paper: hex(0x1a2128), Jade: hex(0x63cfc3), Amber: hex(0xf2b661), Alert: hex(0xff9a9f),
	Grey: hex(0xa9b3bd), Edge: hex(0x7b8792), Line: hex(0x313a43), Canvas: hex(0x11161b),
	JadeDeep: hex(0x074843), JadeMid: hex(0x0b625c), JadeTint: hex(0x12332f), AmberTint: hex(0x3a2a12), AlertTint: hex(0x43191d), GreyTint: hex(0x29323a),
	OnJade: hex(0x06201d), OnDeep: hex(0xffffff), OnAlert: hex(0x2b0608),
	Shade: {A: 0xc0}, Mark: {R: 0xe9, G: 0xed, B: 0xf0, A: 0x14}, Clear: {},
}

var darkElder = dark.with(palette{
	Ink: hex(0xffffff), Grey: hex(0xffffff), Jade: hex(0x8be6dc), Amber: hex(0xffd08a), Alert: hex(0xffc0c3), Edge: hex(0xa9b3bd), Line: hex(0x56616b),
	JadeMid: hex(0x0a544f),
})

func (p palette) with(changes palette) palette {
	out := make(palette, len(p))
	for name, c := range p {
		out[name] = c
	}
	for name, c := range changes {
		out[name] = c
	}
	return out
}

// fyneColors says which of ours Fyne's own widgets are drawn in.
var fyneColors = map[fyne.ThemeColorName]fyne.ThemeColorName{
	fynetheme.ColorNameBackground:          Canvas,
	fynetheme.ColorNameButton:              Paper,
	fynetheme.ColorNameDisabledButton:      GreyTint,
	fynetheme.ColorNameDisabled:            Grey,
	fynetheme.ColorNameError:               Alert,
	fynetheme.ColorNameFocus:               JadeTint,
	fynetheme.ColorNameForeground:          Ink,
	fynetheme.ColorNameForegroundOnError:   OnAlert,
	fynetheme.ColorNameForegroundOnPrimary: OnJade,
	fynetheme.ColorNameForegroundOnSuccess: OnJade,
	fynetheme.ColorNameForegroundOnWarning: Paper,
	fynetheme.ColorNameHeaderBackground:    Canvas,
	fynetheme.ColorNameHover:               JadeTint,
	fynetheme.ColorNameHyperlink:           Jade,
	fynetheme.ColorNameInputBackground:     Paper,
	fynetheme.ColorNameInputBorder:         Edge,
	fynetheme.ColorNameMenuBackground:      Paper,
	fynetheme.ColorNameOverlayBackground:   Paper,
	fynetheme.ColorNamePlaceHolder:         Grey,
	fynetheme.ColorNamePressed:             JadeTint,
	fynetheme.ColorNamePrimary:             Jade,
	fynetheme.ColorNameScrollBar:           Edge,
	fynetheme.ColorNameScrollBarBackground: Clear,
	fynetheme.ColorNameSelection:           JadeTint,
	fynetheme.ColorNameSeparator:           Line,
	fynetheme.ColorNameShadow:              Clear,
	fynetheme.ColorNameSuccess:             Jade,
	fynetheme.ColorNameWarning:             Amber,
}

func (l Look) palette() palette {
	switch {
	case l.Dark && l.Mode == Elder:
		return darkElder
	case l.Dark:
		return dark
	case l.Mode == Elder:
		return lightElder
	}
	return light
}

// Color returns a colour in this look: one of this package, or one of Fyne's; any other is Ink.
func (l Look) Color(name fyne.ThemeColorName) color.Color {
	if ours, ok := fyneColors[name]; ok {
		name = ours
	}
	if c, ok := l.palette()[name]; ok {
		return c
	}
	return l.palette()[Ink]
}

// Color returns a colour in the current look; see Look.Color.
func Color(name fyne.ThemeColorName) color.Color { return Current().Color(name) }

// Pair is a colour of text and the ground it is written on.
type Pair struct{ Text, Ground fyne.ThemeColorName }

// Pairs returns every pair that windows use; their contrast is tested in every look.
func Pairs() []Pair {
	pairs := []Pair{
		{OnJade, Jade}, {OnDeep, JadeDeep}, {OnDeep, JadeMid}, {OnAlert, Alert},
		{Ink, JadeTint}, {Ink, AmberTint}, {Ink, AlertTint}, {Ink, GreyTint}, {Grey, GreyTint},
		{Jade, JadeTint}, {Amber, AmberTint}, {Alert, AlertTint},
	}
	for _, text := range []fyne.ThemeColorName{Ink, Grey, Jade, Amber, Alert} {
		pairs = append(pairs, Pair{text, Paper}, Pair{text, Canvas})
	}
	return pairs
}
