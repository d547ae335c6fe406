// SPDX-License-Identifier: Apache-2.0

package scanner

import (
	"image"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"

	"yuexin/shared/fault"
)

// maxPixels bounds the images that are looked at; a phone's photo has 12
// million.
const maxPixels = 64 << 20

// Image returns the text of the QR code in a picture. The error is
// fault.NotFound when there is none that can be read, and fault.TooLarge for
// a picture beyond all reason.
func Image(img image.Image) (string, error) {
	if size := img.Bounds().Size(); size.X*size.Y > maxPixels {
		return "", fault.New(fault.TooLarge, "scanner.image.large")
	}
	hints := map[gozxing.DecodeHintType]any{gozxing.DecodeHintType_TRY_HARDER: true}
	source := gozxing.NewLuminanceSourceFromImage(img)
	for _, binarizer := range []gozxing.Binarizer{
		gozxing.NewHybridBinarizer(source), gozxing.NewGlobalHistgramBinarizer(source),
	} {
		bitmap, err := gozxing.NewBinaryBitmap(binarizer)
		if err != nil {
			continue
		}
		if result, err := qrcode.NewQRCodeReader().Decode(bitmap, hints); err == nil {
			return result.GetText(), nil
		}
	}
	return "", fault.New(fault.NotFound, "scanner.image.none")
}
