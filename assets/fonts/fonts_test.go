// SPDX-License-Identifier: Apache-2.0

package fonts_test

import (
	"bytes"
	"os"
	"strings"
	"testing"
	"unicode"

	"codeberg.org/go-pdf/fpdf"
	"github.com/google/go-cmp/cmp"
	"golang.org/x/image/font/sfnt"

	"yuexin/assets/fonts"
)

// standardCount is the size of 通用规范汉字表 (State Council, 2013).
const standardCount = 8105

// symbols are what screens and sheets use beyond letters, digits and Chinese characters.
const symbols = "¥￥→←↑↓✓✕✗●○▲▼◆■□☐☑★…—·•₂²³℃°±×÷≤≥≈≠①②③④⑤⑥⑦⑧⑨⑩㎡§№※‰⚠ℹ⌫☎\u00a0" +
	"、。，；：？！“”‘’《》〈〉「」『』【】（）％＋－＝～０１２３４５６７８９ＡＢＣＸＹＺａｂｃｘｙｚ"

const pinyin = "āáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜüêńňǹḿĀÁǍÀĒÉĚÈŌÓǑÒÜ"

// fieldNames are characters of place names outside GB 2312, from the survey of the region data.
const fieldNames = "㘵埇埗塝塱崀廻榃洊湻滘漖谿輋邨\U0002348D"

func standardCharacters(t *testing.T) string {
	t.Helper()
	data, err := os.ReadFile("characters.txt")
	if err != nil {
		t.Fatal(err)
	}
	return strings.ReplaceAll(string(data), "\n", "")
}

func regionCharacters(t *testing.T) string {
	t.Helper()
	data, err := os.ReadFile("../regions/regions-guangdong.csv")
	if err != nil {
		t.Fatal(err)
	}
	return strings.ReplaceAll(string(data), "\n", "")
}

func ascii() string {
	var s strings.Builder
	for r := rune(' '); r < 0x7F; r++ {
		s.WriteRune(r)
	}
	return s.String()
}

func TestStandardCharactersAreComplete(t *testing.T) {
	seen, beyond := map[rune]bool{}, 0
	for _, r := range standardCharacters(t) {
		if seen[r] {
			t.Errorf("%q is there twice", r)
		}
		if !unicode.Is(unicode.Han, r) {
			t.Errorf("%q is not a Chinese character", r)
		}
		seen[r] = true
		if r > 0xFFFF {
			beyond++
		}
	}
	if got := len(seen); got != standardCount {
		t.Errorf("got %d characters, want %d", got, standardCount)
	}
	if got, want := beyond, 196; got != want {
		t.Errorf("got %d characters beyond U+FFFF, want %d", got, want)
	}
}

// TestCoverage asks an independent reader of font files as well, and looks for an outline.
func TestCoverage(t *testing.T) {
	font, err := sfnt.Parse(fonts.TTF())
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"ascii":    ascii(),
		"symbols":  symbols,
		"pinyin":   pinyin,
		"field":    fieldNames,
		"standard": standardCharacters(t),
		"regions":  regionCharacters(t),
	} {
		t.Run(name, func(t *testing.T) {
			if missing := fonts.Missing(text); len(missing) > 0 {
				t.Errorf("%d characters are missing: %q", len(missing), string(missing))
			}
			if undrawn := undrawn(t, font, text); len(undrawn) > 0 {
				t.Errorf("%d characters have no outline: %q", len(undrawn), string(undrawn))
			}
		})
	}
}

// undrawn returns the visible characters of text that have no glyph or an empty one.
func undrawn(t *testing.T, font *sfnt.Font, text string) []rune {
	t.Helper()
	var buffer sfnt.Buffer
	var found []rune
	seen := map[rune]bool{}
	for _, r := range text {
		if seen[r] || unicode.IsSpace(r) {
			continue
		}
		seen[r] = true
		glyph, err := font.GlyphIndex(&buffer, r)
		if err != nil {
			t.Fatal(err)
		}
		outline, err := font.LoadGlyph(&buffer, glyph, 64<<6, nil)
		if err != nil || glyph == 0 || len(outline) == 0 {
			found = append(found, r)
		}
	}
	return found
}

func TestFace(t *testing.T) {
	font, err := sfnt.Parse(fonts.TTF())
	if err != nil {
		t.Fatal(err)
	}
	var buffer sfnt.Buffer
	family, err := font.Name(&buffer, sfnt.NameIDFamily)
	if err != nil {
		t.Fatal(err)
	}
	if family != fonts.Family {
		t.Errorf("got family %q, want %q", family, fonts.Family)
	}
	if !bytes.HasPrefix(fonts.TTF(), []byte{0, 1, 0, 0}) {
		t.Error("not a single TrueType face")
	}
	const limit = 5_500_000 // bytes: a resource of every program, parsed whole by the screens
	if len(fonts.TTF()) > limit {
		t.Errorf("got %d bytes, want at most %d", len(fonts.TTF()), limit)
	}
}

func TestDigitsHaveOneWidth(t *testing.T) {
	font, err := sfnt.Parse(fonts.TTF())
	if err != nil {
		t.Fatal(err)
	}
	var buffer sfnt.Buffer
	width := func(r rune) int {
		glyph, err := font.GlyphIndex(&buffer, r)
		if err != nil {
			t.Fatal(err)
		}
		advance, err := font.GlyphAdvance(&buffer, glyph, 1000<<6, 0)
		if err != nil {
			t.Fatal(err)
		}
		return advance.Round()
	}
	for r := '1'; r <= '9'; r++ {
		if got, want := width(r), width('0'); got != want {
			t.Errorf("%q is %d wide, 0 is %d", r, got, want)
		}
	}
	if got, want := width('粤'), 1000; got != want {
		t.Errorf("粤 is %d wide, want %d", got, want)
	}
}

func TestMissing(t *testing.T) {
	for _, tt := range []struct{ name, text, want string }{
		{"empty", "", ""},
		{"all there", "陈秀英 Chén\n¥1,000\t好", ""},
		{"emoji", "好😀的👍😀", "😀👍"},
		{"other scripts", "aกb한", "ก한"},
		{"rare character of another plane", "\U00030000村", "\U00030000"},
		{"an alias is not a character", "\uE000", "\uE000"},
		{"unmapped private use", "\uF000", "\uF000"},
		{"broken text", "a\xff", "\uFFFD"},
		{"control character", "a\x01", "\x01"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, string(fonts.Missing(tt.text))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestFirstPlaneDrawsTheSame(t *testing.T) {
	font, err := sfnt.Parse(fonts.TTF())
	if err != nil {
		t.Fatal(err)
	}
	var buffer sfnt.Buffer
	text := []rune(standardCharacters(t) + fieldNames + ascii())
	moved := []rune(fonts.FirstPlane(string(text)))
	if len(moved) != len(text) {
		t.Fatalf("got %d characters, want %d", len(moved), len(text))
	}
	for i, r := range text {
		want, err := font.GlyphIndex(&buffer, r)
		if err != nil {
			t.Fatal(err)
		}
		got, err := font.GlyphIndex(&buffer, moved[i])
		if err != nil {
			t.Fatal(err)
		}
		if got != want || moved[i] > 0xFFFF || (r <= 0xFFFF && moved[i] != r) {
			t.Errorf("%q: moved to U+%04X, glyph %d, want glyph %d", r, moved[i], got, want)
		}
	}
	if got, want := fonts.FirstPlane("\U00030000"), "\U00030000"; got != want {
		t.Errorf("a character the face has not: got %q, want %q", got, want)
	}
}

// TestPDFWriterTakesTheFace holds for every standard and region character, through FirstPlane.
func TestPDFWriterTakesTheFace(t *testing.T) {
	pdf := fpdf.New("P", "mm", "A4", "")
	pdf.AddUTF8FontFromBytes("face", "", fonts.TTF())
	pdf.SetFont("face", "", 10)
	pdf.AddPage()
	pdf.MultiCell(180, 5, fonts.FirstPlane(standardCharacters(t)+fieldNames), "", "", false)

	var out bytes.Buffer
	if err := pdf.Output(&out); err != nil {
		t.Fatal(err)
	}
	if !bytes.HasPrefix(out.Bytes(), []byte("%PDF-")) || out.Len() < 1_000_000 {
		t.Errorf("got %d bytes, want a document with the outlines of all characters", out.Len())
	}
	for _, r := range standardCharacters(t) {
		alias := fonts.FirstPlane(string(r))
		if got, want := pdf.GetStringSymbolWidth(alias), 1000; got != want {
			t.Fatalf("%q: the writer sees width %d, want %d", r, got, want)
		}
	}
}
