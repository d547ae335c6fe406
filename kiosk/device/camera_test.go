// SPDX-License-Identifier: Apache-2.0

package device

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
	"testing"

	"yuexin/shared/fault"
)

// bars is a picture of three bars.
func bars() *image.RGBA {
	img := image.NewRGBA(image.Rect(0, 0, 48, 16))
	for i := range 48 * 16 {
		img.Set(i%48, i/48, []color.Color{color.White, color.RGBA{200, 0, 0, 255}, color.Black}[i%48/16])
	}
	return img
}

// looks says whether a picture shows the bars.
func looks(t *testing.T, img image.Image) {
	t.Helper()
	for x, want := range map[int][2]uint32{8: {0xe0, 0xe0}, 24: {0xb0, 0}, 40: {0, 0}} {
		r, g, _, _ := img.At(x, 8).RGBA()
		if r, g = r>>8, g>>8; r+0x30 < want[0] || r > want[0]+0x30 || g+0x30 < want[1] || g > want[1]+0x30 {
			t.Errorf("at %d: red %x, green %x; want %x", x, r, g, want)
		}
	}
}

// TestDecodeJPEG reads a picture with its tables of Huffman codes, and one that leaves them out as cameras do.
func TestDecodeJPEG(t *testing.T) {
	var whole bytes.Buffer
	if err := jpeg.Encode(&whole, bars(), nil); err != nil {
		t.Fatal(err)
	}
	img, err := decodeJPEG(whole.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	looks(t, img)
	var bare []byte
	for rest := whole.Bytes(); len(rest) > 0; {
		if rest[0] != 0xFF || rest[1] == 0xD8 || rest[1] == 0xD9 { // begin and end have no length
			bare, rest = append(bare, rest[:2]...), rest[2:]
			continue
		}
		n := 2 + int(rest[2])<<8 + int(rest[3])
		if rest[1] == 0xDA { // what is drawn, to the end
			n = len(rest)
		}
		if rest[1] != 0xC4 {
			bare = append(bare, rest[:n]...)
		}
		rest = rest[n:]
	}
	if len(bare) >= whole.Len() {
		t.Fatal("there were no tables")
	}
	if img, err = decodeJPEG(bare); err != nil {
		t.Fatal(err)
	}
	looks(t, img)
	if _, err := decodeJPEG(bare[:40]); fault.From(err).Key != "camera.frame" {
		t.Errorf("a picture that was cut: %v", err)
	}
}

func TestDecodeYUYV(t *testing.T) {
	src, stride := bars(), 2*48+8 // rows may be longer than what is in them
	frame := make([]byte, 16*stride)
	for i := range 24 * 16 {
		x, y := i%24*2, i/24
		r, g, b, _ := src.At(x, y).RGBA()
		luma, cb, cr := color.RGBToYCbCr(byte(r>>8), byte(g>>8), byte(b>>8))
		copy(frame[y*stride+2*x:], []byte{luma, cb, luma, cr})
	}
	img, err := decodeYUYV(frame, 48, 16, stride)
	if err != nil {
		t.Fatal(err)
	}
	looks(t, img)
	for _, wrong := range [][4]int{{48, 17, stride, len(frame)}, {48, 16, 95, len(frame)}, {47, 16, stride, len(frame)}, {0, 0, 0, 0}} {
		if _, err := decodeYUYV(frame[:wrong[3]], wrong[0], wrong[1], wrong[2]); !fault.Is(err, fault.Unavailable) {
			t.Errorf("%v: %v", wrong, err)
		}
	}
}
