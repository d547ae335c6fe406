// SPDX-License-Identifier: Apache-2.0

package platesheet_test

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"fmt"
	"image"
	"image/png"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"

	"yuexin/assets"
	"yuexin/shared/credit/doorplate"
	"yuexin/shared/credit/plate"
	"yuexin/shared/fault"
	"yuexin/shared/region"
	"yuexin/syncserver/platesheet"
)

const testURL = "https://xy.gdnybank.cn"

var testKey = doorplate.Ed25519Private(ed25519.NewKeyFromSeed(bytes.Repeat([]byte{9}, ed25519.SeedSize)))

func testPlate(t testing.TB, n byte, base, village, number string) platesheet.Plate {
	t.Helper()
	handle := doorplate.Handle(bytes.Repeat([]byte{n}, doorplate.HandleSize))
	token, err := doorplate.Issue(handle, 2517, testKey)
	if err != nil {
		t.Fatal(err)
	}
	url, err := token.URL(base)
	if err != nil {
		t.Fatal(err)
	}
	return platesheet.Plate{Village: village, Number: number, Code: doorplate.CodeOf(handle).String(), URL: url, CardCode: fmt.Sprintf("0417 000%d", handle[0])}
}

// words are those of the policy in assets.
func words(t testing.TB, place region.Code) map[string]plate.Words {
	t.Helper()
	f, err := assets.Folder("policies").Open("plates-1.json")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	policy, err := plate.ParsePolicy(f)
	if err != nil {
		t.Fatal(err)
	}
	return policy.Wording(place)
}

// testSheet has names of one and of many characters, one of them beyond U+FFFF.
func testSheet(t testing.TB, base string, sample bool) platesheet.Sheet {
	t.Helper()
	s := platesheet.Sheet{Words: words(t, "441284105205"), PublicURL: base, Sample: sample, Created: time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)}
	for i, name := range []struct{ village, number string }{
		{"大沙村", "三组12号"},
		{"輋\U0002348D村", "1号"},
		{"大㘵村", "上巷仔新屋第二排138号之一"},
		{"和平县彭寨镇大塘面社区居民委员会第二生产队居民点", "七组3-2号"},
		{"榃良村", "12"},
	} {
		s.Plates = append(s.Plates, testPlate(t, byte(i+1), base, name.village, name.number))
	}
	return s
}

var documents = []struct {
	name  string
	write func(io.Writer, platesheet.Sheet) error
	pages int // of testSheet, without the index
	// per page, and the place in mm of the first piece and of the next ones
	columns                int
	left, top, right, down float64
	width, height          float64
}{
	{"plates", platesheet.Plates, 2, 1, 30, 7, 0, 95, 150, 90},
	{"medium", platesheet.Medium, 5, 1, 13.5, 20, 0, 0, 270, 170},
	{"cards", platesheet.Cards, 1, 2, 18.1, 7, 88.2, 56.6, 85.6, 54},
}

// tool returns a program of the test machine, or fails and says which package has it.
func tool(t testing.TB, name, aptPackage string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Fatalf("%s is missing: apt-get install %s", name, aptPackage)
	}
	return path
}

const dotsPerInch = 200

// render turns a document into one picture file per page.
func render(t testing.TB, document []byte) []string {
	t.Helper()
	dir := t.TempDir()
	file := filepath.Join(dir, "sheet.pdf")
	if err := os.WriteFile(file, document, 0o600); err != nil {
		t.Fatal(err)
	}
	command := exec.Command(tool(t, "pdftoppm", "poppler-utils"),
		"-r", fmt.Sprint(dotsPerInch), "-gray", "-png", file, filepath.Join(dir, "page"))
	if out, err := command.CombinedOutput(); err != nil || len(out) > 0 {
		t.Fatalf("pdftoppm: %v\n%s", err, out)
	}
	pages, err := filepath.Glob(filepath.Join(dir, "page-*.png"))
	if err != nil {
		t.Fatal(err)
	}
	return pages
}

func urls(s platesheet.Sheet) []string {
	var all []string
	for _, p := range s.Plates {
		all = append(all, p.URL)
	}
	slices.Sort(all)
	return all
}

// Every code on paper is read back by zbar.
func TestReadBackByZbar(t *testing.T) {
	for _, d := range documents {
		t.Run(d.name, func(t *testing.T) {
			sheet, got := testSheet(t, testURL, false), []string(nil)
			for _, page := range render(t, written(t, d.write, sheet))[:d.pages] {
				out, err := exec.Command(tool(t, "zbarimg", "zbar-tools"), "--quiet", "--raw", page).Output()
				if err != nil {
					t.Fatal(err)
				}
				got = append(got, strings.Fields(string(out))...)
			}
			slices.Sort(got)
			if diff := cmp.Diff(urls(sheet), got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// Every code on paper is read back by an independent decoder, at its place, and verifies.
func TestReadBackByGozxing(t *testing.T) {
	public := ed25519.PrivateKey(testKey).Public().(ed25519.PublicKey)
	keys, err := doorplate.NewKeySet(public)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range documents {
		t.Run(d.name, func(t *testing.T) {
			sheet := testSheet(t, testURL, true)
			pages := render(t, written(t, d.write, sheet))
			perPage := (len(sheet.Plates) + d.pages - 1) / d.pages
			for i, want := range sheet.Plates {
				page := picture(t, pages[i/perPage])
				column, row := i%perPage%d.columns, i%perPage/d.columns
				piece := crop(page, d.left+float64(column)*d.right, d.top+float64(row)*d.down, d.width, d.height)
				text := decode(t, piece)
				if text != want.URL {
					t.Errorf("piece %d: got %s, want %s", i+1, text, want.URL)
				}
				token, err := doorplate.Parse(text)
				if err != nil {
					t.Fatal(err)
				}
				if _, err := doorplate.Verify(keys, token); err != nil {
					t.Errorf("piece %d: %v", i+1, err)
				}
			}
		})
	}
}

func picture(t testing.TB, file string) image.Image {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	img, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	return img
}

// crop cuts a piece, given in mm, out of a page.
func crop(page image.Image, x, y, width, height float64) image.Image {
	dots := func(mm float64) int { return int(mm / 25.4 * dotsPerInch) }
	part := image.Rect(dots(x), dots(y), dots(x+width), dots(y+height))
	return page.(interface {
		SubImage(image.Rectangle) image.Image
	}).SubImage(part)
}

func decode(t *testing.T, img image.Image) string {
	t.Helper()
	bitmap, err := gozxing.NewBinaryBitmapFromImage(img)
	if err != nil {
		t.Fatal(err)
	}
	hints := map[gozxing.DecodeHintType]any{gozxing.DecodeHintType_TRY_HARDER: true}
	result, err := qrcode.NewQRCodeReader().Decode(bitmap, hints)
	if err != nil {
		t.Fatal(err)
	}
	return result.GetText()
}

func written(t testing.TB, write func(io.Writer, platesheet.Sheet) error, s platesheet.Sheet) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := write(&out, s); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestSameInputSameBytes(t *testing.T) {
	for _, d := range documents {
		t.Run(d.name, func(t *testing.T) {
			first := written(t, d.write, testSheet(t, testURL, false))
			for range 2 {
				if !bytes.Equal(first, written(t, d.write, testSheet(t, testURL, false))) {
					t.Fatal("got other bytes")
				}
			}
			if bytes.Equal(first, written(t, d.write, testSheet(t, testURL, true))) {
				t.Error("a sample looks like the real thing")
			}
		})
	}
}

// pageText is the text of a page as pdftotext reads it.
func pageText(t *testing.T, document []byte) string {
	t.Helper()
	command := exec.Command(tool(t, "pdftotext", "poppler-utils"), "-layout", "-", "-")
	command.Stdin = bytes.NewReader(document)
	out, err := command.Output()
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

func TestTextOnPaper(t *testing.T) {
	for _, d := range documents {
		for _, sample := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s sample %t", d.name, sample), func(t *testing.T) {
				sheet := testSheet(t, testURL, sample)
				text := strings.Join(strings.Fields(pageText(t, written(t, d.write, sheet))), "")
				for _, plate := range sheet.Plates {
					wantTwice(t, text, string([]rune(plate.Number)[:(len([]rune(plate.Number))+1)/2])) // long ones take two lines
					wantTwice(t, text, plate.Code)
					want := 0
					if d.name == "cards" {
						want = 1 // not in the index, which is for whoever hangs the plates
					}
					if got := strings.Count(text, strings.ReplaceAll(plate.CardCode, " ", "")); got != want {
						t.Errorf("the card's secret is there %d times, want %d", got, want)
					}
				}
				wantTwice(t, text, "大沙村")
				wantTwice(t, text, "xy.gdnybank.cn")
				if got := strings.Contains(text, "示例"); got != sample {
					t.Errorf("marked as sample: got %t, want %t", got, sample)
				}
				if !strings.Contains(text, "积分、融资") {
					t.Error("the line that says what scanning does is missing")
				}
			})
		}
	}
}

// wantTwice looks for s on the piece and in the index.
func wantTwice(t *testing.T, text, s string) {
	t.Helper()
	if got := strings.Count(text, s); got < 2 {
		t.Errorf("%q is there %d times, want it on the piece and in the index", s, got)
	}
}

func TestRefusals(t *testing.T) {
	for _, tt := range []struct {
		name   string
		change func(*platesheet.Sheet)
		want   string
	}{
		{"no plates", func(s *platesheet.Sheet) { s.Plates = nil }, "platesheet.empty"},
		{"too many", func(s *platesheet.Sheet) {
			s.Plates = slices.Repeat(s.Plates, platesheet.MaxPlates/len(s.Plates)+1)
		}, "platesheet.many"},
		{"missing characters", func(s *platesheet.Sheet) { s.Plates[1].Number = "😀号ก" }, "platesheet.glyph"},
		{"no village", func(s *platesheet.Sheet) { s.Plates[0].Village = "" }, "platesheet.village"},
		{"long village", func(s *platesheet.Sheet) { s.Plates[0].Village = strings.Repeat("村", 25) }, "platesheet.village"},
		{"no number", func(s *platesheet.Sheet) { s.Plates[0].Number = "" }, "platesheet.number"},
		{"long number", func(s *platesheet.Sheet) { s.Plates[0].Number = strings.Repeat("1", 15) }, "platesheet.number"},
		{"code of another plate", func(s *platesheet.Sheet) { s.Plates[0].Code = s.Plates[1].Code }, "platesheet.code"},
		{"foreign address", func(s *platesheet.Sheet) { s.Plates[0].URL = "HTTPS://A.CN/X" }, "doorplate.token.foreign"},
		{"other host", func(s *platesheet.Sheet) { s.PublicURL = "https://yx.gdnybank.cn" }, "platesheet.url"},
		{"lower case address", func(s *platesheet.Sheet) { s.Plates[0].URL = strings.ToLower(s.Plates[0].URL) }, "platesheet.url"},
		{"no scheme", func(s *platesheet.Sheet) { s.PublicURL = "xy.gdnybank.cn" }, "doorplate.base.scheme"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for _, d := range documents {
				sheet := testSheet(t, testURL, false)
				tt.change(&sheet)
				refused(t, d.write, sheet, tt.want)
			}
		})
	}
}

func refused(t *testing.T, write func(io.Writer, platesheet.Sheet) error, s platesheet.Sheet, want string) {
	t.Helper()
	var out bytes.Buffer
	err := write(&out, s)
	var f *fault.Error
	if !errors.As(err, &f) || f.Key != want {
		t.Errorf("got %v, want %s", err, want)
	}
	if out.Len() > 0 {
		t.Errorf("%d bytes were written", out.Len())
	}
}

func TestMissingCharactersAreListed(t *testing.T) {
	sheet := testSheet(t, testURL, false)
	sheet.Plates[0].Village, sheet.Plates[3].Number = "😀村", "ก号😀"
	err := platesheet.Plates(io.Discard, sheet)
	var f *fault.Error
	if !errors.As(err, &f) {
		t.Fatalf("got %v, want a fault", err)
	}
	if got, want := f.Args["chars"], "ก😀"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// Real plates need an address that lasts; samples do not.
func TestRealPlatesNeedALastingAddress(t *testing.T) {
	for base, want := range map[string]string{
		"http://xy.gdnybank.cn":       "doorplate.base.insecure",
		"https://192.168.1.20":        "doorplate.base.address",
		"https://xy.gdnybank.cn:8443": "doorplate.base.port",
		"https://localhost":           "doorplate.base.private",
		"https://server":              "doorplate.base.private",
	} {
		t.Run(base, func(t *testing.T) {
			for _, d := range documents {
				refused(t, d.write, testSheet(t, base, false), want)
				if err := d.write(io.Discard, testSheet(t, base, true)); err != nil {
					t.Errorf("sample: got %v", err)
				}
			}
		})
	}
}

// The modules of a plate shrink with the host name: 31 characters give version 7, 74 version 8, 75 too small a print.
func TestLongHostIsRefused(t *testing.T) {
	host := func(n int) string {
		return "https://" + strings.Repeat("a", 40) + "." + strings.Repeat("b", n-40-1-3) + ".cn"
	}
	if err := platesheet.Plates(io.Discard, testSheet(t, host(74), false)); err != nil {
		t.Errorf("74 characters: got %v", err)
	}
	refused(t, platesheet.Plates, testSheet(t, host(75), false), "pdfpage.module")
}
