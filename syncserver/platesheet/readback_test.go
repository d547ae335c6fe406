// SPDX-License-Identifier: Apache-2.0

package platesheet_test

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"image/png"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"yuexin/syncserver/platesheet"
)

// code is where a form has its QR code, in mm on the page of the first piece.
type code struct {
	name       string
	write      func(io.Writer, platesheet.Sheet) error
	x, y, side float64
	modules    int     // of a side, quiet zone included
	dirt       float64 // part of the code that may be dirty
	read       int     // of the test's shots at a dirty one, at least
}

// codes: level M stands 15 % of damaged codewords, level Q 25 % (ISO/IEC 18004 table 8); dirt takes its part of that.
var codes = []code{
	{"plate 40 mm M", platesheet.Plates, 30 + 102, 7 + 21.5, 40, 53, 0.10, 2},
	{"plate 75 mm Q", platesheet.Medium, 13.5 + (150-24-4)*1.8 - 37.5, 20 + ((170/1.8-90)/2+41.5)*1.8 - 37.5, 75, 61, 0.20, 0},
	{"card 37 mm Q", platesheet.Cards, 18.1 + 85.6 - 37 - 2.6, 7 + 9 + 1, 37, 61, 0.20, 0},
}

// camera is what happens between paper and decoder.
type camera struct {
	name    string
	pixels  int     // of the code's side in the picture
	degrees float64 // turned by
	blur    float64 // sigma in modules
	quality int     // of JPEG, 0 for none
	dirt    float64 // part of what the code may have of it
}

var cameras = []camera{
	{name: "as printed", pixels: 420},
	{name: "scaled to 160 px", pixels: 160},
	{name: "turned 15°", pixels: 320, degrees: 15},
	{name: "blur 0.4 modules", pixels: 420, blur: 0.4},
	{name: "JPEG quality 40", pixels: 320, quality: 40},
	{name: "scaled, turned, blurred, JPEG", pixels: 360, degrees: 15, blur: 0.3, quality: 40},
	{name: "dirt", pixels: 320, dirt: 1},
}

// harder are what the benchmark measures besides: where reading ends.
var harder = []camera{
	{name: "blur 0.5 modules", pixels: 420, blur: 0.5},
	{name: "half the dirt", pixels: 320, dirt: 0.5},
	{name: "three quarters of the dirt", pixels: 320, dirt: 0.75},
	{name: "all of it and half the dirt", pixels: 360, degrees: 15, blur: 0.3, quality: 40, dirt: 0.5},
}

// shoot takes a picture of a code. random places the dirt and turns the code by one way or the other.
func (c camera) shoot(paper image.Image, of code, random *rand.Rand) *image.Gray {
	side := c.pixels * 8 / 5 // the code with paper around it, turned corners included
	turn := c.degrees * math.Pi / 180
	if random.IntN(2) == 0 {
		turn = -turn
	}
	sin, cos := math.Sincos(turn)
	source := paper.Bounds()
	scale := float64(source.Dx()) / 1.6 / float64(c.pixels) // of source dots to a pixel; paper is 1.6 sides wide
	dirt := func(float64, float64) (uint8, bool) { return 0, false }
	if c.dirt > 0 {
		dirt = splash(of, c.dirt*of.dirt, random)
	}
	shot := image.NewGray(image.Rect(0, 0, side, side))
	for py := range side {
		for px := range side {
			dx, dy := float64(px)-float64(side)/2, float64(py)-float64(side)/2
			sx, sy := (dx*cos+dy*sin)*scale, (dy*cos-dx*sin)*scale
			v := mean(paper, sx+float64(source.Dx())/2, sy+float64(source.Dy())/2, scale)
			if d, dirty := dirt(sx/float64(source.Dx())*1.6+0.5, sy/float64(source.Dy())*1.6+0.5); dirty {
				v = d
			}
			shot.SetGray(px, py, color.Gray{Y: v})
		}
	}
	if c.blur > 0 {
		shot = blurred(shot, c.blur*float64(c.pixels)/float64(of.modules))
	}
	if c.quality > 0 {
		var file bytes.Buffer
		_ = jpeg.Encode(&file, shot, &jpeg.Options{Quality: c.quality})
		back, _ := jpeg.Decode(&file)
		draw.Draw(shot, shot.Bounds(), back, image.Point{}, draw.Src)
	}
	return shot
}

// mean is the grey of a square of the paper around x, y.
func mean(paper image.Image, x, y, size float64) uint8 {
	grey, half := paper.(*image.Gray), max(size, 1)/2
	sum, n := 0, 0
	for iy := int(y - half); iy <= int(y+half); iy++ {
		for ix := int(x - half); ix <= int(x+half); ix++ {
			p := image.Pt(ix, iy).Add(grey.Rect.Min)
			if !p.In(grey.Rect) {
				sum += 255
			} else {
				sum += int(grey.GrayAt(p.X, p.Y).Y)
			}
			n++
		}
	}
	return uint8(sum / n)
}

// splash is mud of middle grey in one round spot that covers a part of the code. The three finder patterns and what aligns
// with them stay free: without them no reader sees a code, whatever the level.
func splash(of code, part float64, random *rand.Rand) func(x, y float64) (uint8, bool) {
	inner := float64(of.modules-8) / float64(of.modules)
	radius := math.Sqrt(part/math.Pi) * inner
	finder := 12.5 / float64(of.modules) // quiet zone, finder pattern, separator
	var cx, cy float64
	for {
		cx, cy = 0.5+(random.Float64()-0.5)*(inner-2*radius), 0.5+(random.Float64()-0.5)*(inner-2*radius)
		free := true
		for _, corner := range [][2]float64{{finder, finder}, {1 - finder, finder}, {finder, 1 - finder}} {
			nx, ny := cx-corner[0], cy-corner[1]
			if corner[0] < 0.5 {
				nx = max(nx, 0)
			} else {
				nx = min(nx, 0)
			}
			if corner[1] < 0.5 {
				ny = max(ny, 0)
			} else {
				ny = min(ny, 0)
			}
			free = free && math.Hypot(nx, ny) >= radius
		}
		if free {
			break
		}
	}
	shade := uint8(70 + random.IntN(90))
	return func(x, y float64) (uint8, bool) { return shade, math.Hypot(x-cx, y-cy) < radius }
}

// blurred is a Gaussian blur of a standard deviation in pixels.
func blurred(img *image.Gray, sigma float64) *image.Gray {
	reach := int(math.Ceil(2.5 * sigma))
	weight, sum := make([]float64, 2*reach+1), 0.0
	for i := range weight {
		weight[i] = math.Exp(-float64((i-reach)*(i-reach)) / (2 * sigma * sigma))
		sum += weight[i]
	}
	pass := func(from *image.Gray, dx, dy int) *image.Gray {
		to := image.NewGray(from.Rect)
		for y := range from.Rect.Dy() {
			for x := range from.Rect.Dx() {
				v := 0.0
				for i, w := range weight {
					sx := min(max(x+dx*(i-reach), 0), from.Rect.Dx()-1)
					sy := min(max(y+dy*(i-reach), 0), from.Rect.Dy()-1)
					v += w * float64(from.Pix[sy*from.Stride+sx])
				}
				to.Pix[y*to.Stride+x] = uint8(v/sum + 0.5)
			}
		}
		return to
	}
	return pass(pass(img, 1, 0), 0, 1)
}

// papers prints a document of n plates and cuts out the neighbourhood of the first code of every page.
func papers(t testing.TB, of code, n int) (pieces []image.Image, urls []string) {
	t.Helper()
	for i := range n {
		sheet := testSheet(t, testURL, false)
		sheet.Plates = []platesheet.Plate{testPlate(t, byte(i+1), testURL, "大沙村", "三组12号")}
		page := picture(t, render(t, written(t, of.write, sheet))[0])
		margin := of.side * 0.3
		part := crop(page, of.x-margin, of.y-margin, of.side+2*margin, of.side+2*margin)
		grey := image.NewGray(image.Rect(0, 0, part.Bounds().Dx(), part.Bounds().Dy()))
		draw.Draw(grey, grey.Rect, part, part.Bounds().Min, draw.Src)
		pieces, urls = append(pieces, grey), append(urls, sheet.Plates[0].URL)
	}
	return pieces, urls
}

// readBack shoots every camera that many times at a code, printed on some sheets, and returns how many zbarimg read, by camera.
func readBack(t testing.TB, of code, cameras []camera, shots, sheets int, seed uint64) []int {
	t.Helper()
	pieces, urls := papers(t, of, sheets)
	dir := t.TempDir()
	var files []string
	random := rand.New(rand.NewPCG(seed, 0))
	for c, camera := range cameras {
		for i := range shots {
			name := filepath.Join(dir, fmt.Sprintf("%02d-%04d.png", c, i))
			files = append(files, name)
			f, err := os.Create(name)
			if err != nil {
				t.Fatal(err)
			}
			if err := (&png.Encoder{CompressionLevel: png.BestSpeed}).Encode(f, camera.shoot(pieces[i%sheets], of, random)); err != nil {
				t.Fatal(err)
			}
			if err := f.Close(); err != nil {
				t.Fatal(err)
			}
		}
	}
	read, got := zbarred(t, files), make([]int, len(cameras))
	for k, file := range files {
		if read[file] == urls[k%shots%sheets] {
			got[k/shots]++
		} else if read[file] != "" {
			t.Errorf("%s: zbarimg reads another code: %s", filepath.Base(file), read[file])
		}
	}
	return got
}

// zbarred reads pictures with a decoder that is not ours.
func zbarred(t testing.TB, files []string) map[string]string {
	t.Helper()
	path, err := exec.LookPath("zbarimg")
	if err != nil {
		t.Fatal("zbarimg is missing: apt-get install zbar-tools")
	}
	// It ends with 4 when it found no code in one of the pictures.
	out, err := exec.Command(path, append([]string{"--quiet", "--xml", "-Sdisable", "-Sqrcode.enable"}, files...)...).Output()
	if exit, ok := err.(*exec.ExitError); err != nil && (!ok || exit.ExitCode() != 4) {
		t.Fatal(err)
	}
	var found struct {
		Sources []struct {
			File string `xml:"href,attr"`
			Data string `xml:"index>symbol>data"`
		} `xml:"source"`
	}
	if err := xml.Unmarshal(out, &found); err != nil {
		t.Fatal(err)
	}
	read := map[string]string{}
	for _, s := range found.Sources {
		read[s.File] = strings.TrimSpace(s.Data)
	}
	return read
}

// A printed code is read as a camera sees it. The rates of many shots stand in DESIGN.md; BenchmarkReadBack measures them.
func TestReadBackThroughACamera(t *testing.T) {
	const shots = 4
	for _, of := range codes {
		t.Run(of.name, func(t *testing.T) {
			for c, n := range readBack(t, of, cameras, shots, 1, 1) {
				least := shots
				if cameras[c].dirt > 0 {
					least = of.read
				}
				if n < least {
					t.Errorf("%s: %d of %d were read", cameras[c].name, n, shots)
				}
			}
		})
	}
}

// BenchmarkReadBack prints how many of 200 pictures of a code zbarimg reads, in per cent, by form and condition.
func BenchmarkReadBack(b *testing.B) {
	const shots = 200
	all := slices.Concat(cameras, harder)
	for _, of := range codes {
		b.Run(strings.ReplaceAll(of.name, " ", "_"), func(b *testing.B) {
			for range b.N {
				for c, n := range readBack(b, of, all, shots, 5, 2) {
					b.ReportMetric(float64(n)*100/shots, "%read:"+strings.ReplaceAll(all[c].name, " ", "_"))
				}
			}
		})
	}
}
