// SPDX-License-Identifier: Apache-2.0

package widget

import (
	"fmt"
	"sync"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	fynetheme "fyne.io/fyne/v2/theme"
	fynewidget "fyne.io/fyne/v2/widget"

	"yuexin/shared/uikit/theme"
)

// Icon is a one-coloured picture in a named size and colour.
type Icon struct {
	fynewidget.BaseWidget
	resource fyne.Resource
	color    fyne.ThemeColorName
	size     fyne.ThemeSizeName
}

// NewIcon returns an icon as high as a line of text.
func NewIcon(resource fyne.Resource, color fyne.ThemeColorName) *Icon {
	i := &Icon{resource: resource, color: color, size: theme.Icon}
	i.ExtendBaseWidget(i)
	return i
}

// MinSize is called by Fyne.
func (i *Icon) MinSize() fyne.Size { return fyne.NewSquareSize(theme.Size(i.size)) }

// CreateRenderer is called by Fyne.
func (i *Icon) CreateRenderer() fyne.WidgetRenderer {
	r := &iconRenderer{icon: i, image: canvas.NewImageFromResource(nil)}
	r.image.Resource = i.colored(r.image)
	return r
}

// colored returns the picture in the present colour, as it is drawn in an image.
func (i *Icon) colored(in *canvas.Image) *drawn {
	r, g, b, _ := theme.Color(i.color).RGBA()
	name := fmt.Sprintf("%02x%02x%02x-%s", r>>8, g>>8, b>>8, i.resource.Name())
	there, ok := dyed.Load(name)
	if !ok {
		there, _ = dyed.LoadOrStore(name, fyne.NewStaticResource(name, fynetheme.NewColoredResource(i.resource, i.color).Content()))
	}
	return &drawn{StaticResource: there.(*fyne.StaticResource), in: in}
}

// dyed are the pictures in their colours, by name: some dozens.
var dyed sync.Map

// drawn is a picture in a colour, in an image. Fyne keeps what it has drawn by the name alone, so the name says in which
// colour and size that was. It draws each new image twice, first for a screen it does not know yet: that must not replace
// what is kept for ours, or every change of screen draws all its pictures anew.
type drawn struct {
	*fyne.StaticResource
	in *canvas.Image
}

// Name is asked by Fyne whenever it draws.
func (d *drawn) Name() string {
	scale := float32(0) // of no screen yet
	if c := fyne.CurrentApp().Driver().CanvasForObject(d.in); c != nil {
		scale = c.Scale()
	}
	return fmt.Sprintf("%gx%g*%g-%s", d.in.Size().Width, d.in.Size().Height, scale, d.StaticResource.Name())
}

// Sized gives the icon another named size, and returns it.
func (i *Icon) Sized(size fyne.ThemeSizeName) *Icon {
	i.size = size
	return i
}

type iconRenderer struct {
	icon  *Icon
	image *canvas.Image
}

func (r *iconRenderer) Destroy()                     {}
func (r *iconRenderer) Layout(size fyne.Size)        { r.image.Resize(size) }
func (r *iconRenderer) MinSize() fyne.Size           { return r.icon.MinSize() }
func (r *iconRenderer) Objects() []fyne.CanvasObject { return []fyne.CanvasObject{r.image} }

// Refresh draws the picture anew if its colour changed: to be told so, Fyne reads all of the picture each time.
func (r *iconRenderer) Refresh() {
	now := r.icon.colored(r.image)
	if was, ok := r.image.Resource.(*drawn); ok && was.StaticResource == now.StaticResource {
		return
	}
	r.image.Resource = now
	r.image.Refresh()
}
