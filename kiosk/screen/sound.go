// SPDX-License-Identifier: Apache-2.0

package screen

import (
	"strconv"

	"fyne.io/fyne/v2"
	fynetheme "fyne.io/fyne/v2/theme"

	"yuexin/shared/credit/modes"
	"yuexin/shared/i18n"
	"yuexin/shared/uikit/layout"
	"yuexin/shared/uikit/theme"
	"yuexin/shared/uikit/widget"
	"yuexin/shared/voice"
)

// sound is the page of the voice: read the screen that it covers, louder, softer, another tongue, none.
func (k *Kiosk) sound() fyne.CanvasObject {
	f := frame{title: k.t("kiosk.sound.title")}
	if why := k.Flow.Silent(); why != nil {
		message, hint := k.Flow.Printer().Explain(why)
		f.fill = notice(widget.Look, fynetheme.VolumeMuteIcon(), message, hint)
		return k.frame(f)
	}
	read := widget.NewMainTile(k.t("kiosk.sound.read"), k.t("kiosk.sound.read.about"), fynetheme.VolumeUpIcon(), k.press(k.Flow.Read))
	f.fill = layout.FillTiles(1, 0, highestTile, theme.S4, read)
	f.low = layout.Stack(theme.S4, k.loudness(), k.tongues())
	return k.frame(f)
}

// loudness shows the volume and changes it.
func (k *Kiosk) loudness() fyne.CanvasObject {
	volume := k.Flow.Manner().Volume
	is := k.t("kiosk.sound.is", "n", strconv.Itoa(volume), "of", strconv.Itoa(modes.Loudest))
	if volume == 0 {
		is = k.t("kiosk.sound.muted")
	}
	change := func(key string, icon fyne.Resource, to int) *widget.BigButton {
		b := k.button(k.t(key), icon, func() { k.Flow.SetVolume(to) })
		if to < 0 || to > modes.Loudest {
			b.Disable()
		}
		return b
	}
	mute := change("kiosk.sound.off", fynetheme.VolumeMuteIcon(), 0)
	if volume == 0 {
		mute = change("kiosk.sound.on", fynetheme.VolumeUpIcon(), 1)
	}
	return layout.Stack(theme.S3,
		widget.NewText(is).In(theme.Lead, theme.Ink), newBar(volume, modes.Loudest),
		layout.Spread(theme.S3,
			change("kiosk.sound.softer", fynetheme.VolumeDownIcon(), volume-1), change("kiosk.sound.louder", fynetheme.VolumeUpIcon(), volume+1)),
		mute)
}

// tongues lets somebody choose what Chinese they hear; nothing in English.
func (k *Kiosk) tongues() fyne.CanvasObject {
	now := k.Flow.Manner().Tongue
	if now.Lang() != i18n.ZhHans {
		return layout.Gap()
	}
	tongue := func(key string, t i18n.Tongue) fyne.CanvasObject {
		b := k.button(k.t(key), nil, func() { k.Flow.SetTongue(t) })
		b.SetChosen(t == now)
		return b
	}
	return layout.Spread(theme.S3, tongue("kiosk.sound.mandarin", i18n.Mandarin), tongue("kiosk.sound.cantonese", i18n.Cantonese))
}

// tryVoice reads a sentence for whoever tests the machine.
func (k *Kiosk) tryVoice() {
	t := k.Flow.Manner().Tongue
	pieces, err := k.Flow.World.Scripts.Pieces(t, voice.Say("sound.test"))
	if err != nil {
		return // a test holds that there is this one
	}
	k.Bench.Read(t, pieces)
}
