// SPDX-License-Identifier: Apache-2.0

package device

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"image"
	"image/jpeg"
	"slices"
	"sync"

	"yuexin/shared/fault"
)

// Camera takes pictures.
type Camera interface {
	// Check says why no picture can be taken, nil where as far as is known one can.
	Check(ctx context.Context) error
	// Frame takes one picture.
	Frame(ctx context.Context) (image.Image, error)
}

var (
	_ Camera = (*VideoCamera)(nil)
	_ Camera = (*SimCamera)(nil)
)

// VideoCamera is a camera that Linux knows by V4L2. Elsewhere there is none: fault.Unsupported "camera.system".
type VideoCamera struct {
	Device string // "/dev/video0"
}

// SimCamera shows a picture.
type SimCamera struct {
	Picture image.Image
	Fault   error
}

// Check implements Camera.
func (c *SimCamera) Check(context.Context) error { return c.Fault }

// Frame implements Camera.
func (c *SimCamera) Frame(context.Context) (image.Image, error) { return c.Picture, c.Fault }

// decodeJPEG reads a picture of a camera that sends motion JPEG, whose pictures may leave out the tables of Huffman codes that
// the standard gives as typical (ITU-T T.81, annex K.3).
func decodeJPEG(frame []byte) (image.Image, error) {
	if len(frame) > 2 && len(segments(frame, huffman)) == 0 {
		frame = slices.Concat(frame[:2], typical(), frame[2:]) // behind the two bytes of the beginning
	}
	img, err := jpeg.Decode(bytes.NewReader(frame))
	if err != nil {
		return nil, fault.New(fault.Unavailable, "camera.frame").WithCause(err)
	}
	return img, nil
}

// typical returns the typical tables: those that Go's own encoder writes.
var typical = sync.OnceValue(func() []byte {
	var out bytes.Buffer
	if err := jpeg.Encode(&out, image.NewRGBA(image.Rect(0, 0, 8, 8)), nil); err != nil {
		panic("device: typical tables: " + err.Error()) // a buffer takes everything
	}
	return segments(out.Bytes(), huffman)
})

// The markers of a JPEG file that matter here.
const (
	huffman = 0xC4 // DHT
	scan    = 0xDA // SOS: the picture itself follows
)

// segments returns the segments of a sort that stand before the picture itself.
func segments(file []byte, sort byte) (found []byte) {
	for i := 2; i+4 <= len(file) && file[i] == 0xFF && file[i+1] != scan; {
		end := i + 2 + int(binary.BigEndian.Uint16(file[i+2:]))
		if end > len(file) {
			break
		}
		if file[i+1] == sort {
			found = append(found, file[i:end]...)
		}
		i = end
	}
	return found
}

// decodeYUYV reads a picture of which each two points in a row have two brightnesses and share a colour: Y0 Cb Y1 Cr
// (V4L2_PIX_FMT_YUYV). stride is the bytes of a row.
func decodeYUYV(frame []byte, width, height, stride int) (image.Image, error) {
	if width <= 0 || height <= 0 || width%2 != 0 || stride < 2*width || len(frame) < (height-1)*stride+2*width {
		return nil, fault.New(fault.Unavailable, "camera.frame").WithCause(fmt.Errorf("%d bytes for %d×%d", len(frame), width, height))
	}
	img := image.NewYCbCr(image.Rect(0, 0, width, height), image.YCbCrSubsampleRatio422)
	for y := range height {
		row := frame[y*stride:]
		for x := 0; x < width; x += 2 {
			at, colour := img.YOffset(x, y), img.COffset(x, y)
			img.Y[at], img.Cb[colour], img.Y[at+1], img.Cr[colour] = row[2*x], row[2*x+1], row[2*x+2], row[2*x+3]
		}
	}
	return img, nil
}
