// SPDX-License-Identifier: Apache-2.0

package widget

import (
	"fmt"

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
	return &iconRenderer{icon: i, image: canvas.NewImageFromResource(i.colored())}
}

// colored returns the picture in the present colour, under a name with the colour in it: Fyne caches pictures by name.
func (i *Icon) colored() fyne.Resource {
	r, g, b, _ := theme.Color(i.color).RGBA()
	name := fmt.Sprintf("%02x%02x%02x-%s", r>>8, g>>8, b>>8, i.resource.Name())
	return fyne.NewStaticResource(name, fynetheme.NewColoredResource(i.resource, i.color).Content())
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
func (r *iconRenderer) Refresh() {
	r.image.Resource = r.icon.colored()
	r.image.Refresh()
}
