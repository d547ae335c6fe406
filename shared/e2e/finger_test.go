// SPDX-License-Identifier: Apache-2.0

package e2e_test

import (
	"bytes"
	"image"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"yuexin/shared/credit/receipt"
)

// finger is somebody at a kiosk: it sees boxes and touches them.
type finger struct {
	screen
	rows [][]box // what was seen last, below the kiosk's head
}

// Heights of boxes on the panel of 1080×1920, in pixels: a large tile is more, a
// choice or a key is between.
const (
	tileOver  = 200
	choiceMin = 70
	choiceMax = 260
)

// see looks at the screen.
func (f *finger) see() {
	f.t.Helper()
	rows := rowsOf(boxesOf(f.picture()))
	if f.rows = nil; len(rows) == 0 { // nothing was drawn yet
		return
	}
	head := rows[0][0]
	f.rows = slices.DeleteFunc(rows, func(row []box) bool { return row[0].Min.Y < head.Max.Y })
}

func (f *finger) touch(b box) {
	at := b.middle()
	f.xdotool("mousemove", strconv.Itoa(at.X), strconv.Itoa(at.Y), "click", "1")
}

// title is the part of the screen that says what is asked. No caret blinks there.
func (f *finger) title() image.Image {
	picture := f.picture()
	size := picture.Bounds().Size()
	return picture.SubImage(image.Rect(0, size.Y/16, size.X, size.Y/5))
}

// drawnTitle is the title once it is drawn to the end: two pictures of it are alike.
func (f *finger) drawnTitle() (title image.Image) {
	f.t.Helper()
	title = f.title()
	eventually(f.t, "the screen is drawn", func() bool {
		last := title
		title = f.title()
		return same(last, title)
	})
	return title
}

// settle is longer than the time for which a kiosk takes no touch after it has
// shown something else, so that nobody answers what they have not read.
const settle = 400 * time.Millisecond

// leads touches a box until something else is asked: again when nothing
// happens, as people do.
func (f *finger) leads(what string, find func() (box, bool)) {
	f.t.Helper()
	before, touched := f.drawnTitle(), time.Time{}
	eventually(f.t, what+" leads on", func() bool {
		if time.Since(touched) > 30*settle { // a busy machine answers late, and a second touch would answer the next question
			f.touch(f.find(what, find))
			touched = time.Now()
		}
		return !same(before, f.title())
	})
	f.calm()
	time.Sleep(settle)
}

func same(a, b image.Image) bool {
	r := a.Bounds()
	for y := r.Min.Y; y < r.Max.Y; y += 2 {
		for x := r.Min.X; x < r.Max.X; x += 2 {
			if a.At(x, y) != b.At(x, y) {
				return false
			}
		}
	}
	return true
}

// find looks until something is there.
func (f *finger) find(what string, find func() (box, bool)) (b box) {
	f.t.Helper()
	eventually(f.t, what+" is there", func() (ok bool) {
		f.see()
		b, ok = find()
		return ok
	})
	return b
}

// tile is one of a row of two or more large ones; the rows count from the top or, with
// numbers below zero, from the foot.
func (f *finger) tile(row, column int) func() (box, bool) {
	return func() (box, bool) {
		var tiles [][]box
		for _, r := range f.rows {
			if len(r) >= 2 && r[0].Dy() > tileOver {
				tiles = append(tiles, r)
			}
		}
		if row < 0 {
			row += len(tiles)
		}
		if row < 0 || row >= len(tiles) {
			return box{}, false
		}
		return tiles[row][column], true
	}
}

// mainRow returns the row of the button that goes on, or -1.
func (f *finger) mainRow() int {
	return slices.IndexFunc(f.rows, func(r []box) bool { return len(r) == 1 && r[0].dark() && r[0].Dx() > 600 })
}

// next is the button that goes on.
func (f *finger) next() (box, bool) {
	if i := f.mainRow(); i >= 0 {
		return f.rows[i][0], true
	}
	return box{}, false
}

// above is the button right above the one that goes on.
func (f *finger) above() (box, bool) {
	if i := f.mainRow(); i > 0 {
		return f.rows[i-1][0], true
	}
	return box{}, false
}

// first is the first choice of the screen: above the button that goes on, or
// the ways back where there is none.
func (f *finger) first() (box, bool) {
	end := f.mainRow()
	if end < 0 {
		end = len(f.rows) - 1
	}
	for _, r := range f.rows[:max(end, 0)] {
		if h := r[0].Dy(); h >= choiceMin && h <= choiceMax && !r[0].dark() {
			return r[0], true
		}
	}
	return box{}, false
}

// keys are the rows of the keyboard, below the row of ways back.
func (f *finger) keys() (rows [][]box) {
	i := f.mainRow()
	if i < 0 {
		return nil
	}
	for _, r := range f.rows[min(i+2, len(f.rows)):] {
		if r[0].Dy() >= choiceMin && !r[0].dark() {
			rows = append(rows, r)
		}
	}
	return rows
}

// digit is a key of a pad.
func (f *finger) digit(d int) func() (box, bool) {
	return func() (box, bool) {
		rows := f.keys()
		if len(rows) != 4 || len(rows[0]) < 3 {
			return box{}, false
		}
		if d > 0 {
			return rows[(d-1)/3][(d-1)%3], true
		}
		if len(rows[3]) == 1 { // nothing but 0 in the last row
			return rows[3][0], true
		}
		return rows[3][1], true
	}
}

// letter is a key of the keyboard for letters, whose first row are the digits.
func (f *finger) letter(r byte) func() (box, bool) {
	return func() (box, bool) {
		rows := f.keys()
		i := slices.IndexFunc(rows, func(row []box) bool { return len(row) == 10 })
		if i < 0 || i+3 >= len(rows) {
			return box{}, false
		}
		for n, letters := range []string{"qwertyuiop", "asdfghjkl", " zxcvbnm"} {
			if column := strings.IndexByte(letters, r); column >= 0 && column < len(rows[i+1+n]) {
				return rows[i+1+n][column], true
			}
		}
		return box{}, false
	}
}

// candidate is what the keyboard thinks is meant, above the digits.
func (f *finger) candidate() (box, bool) {
	rows := f.keys()
	i := slices.IndexFunc(rows, func(row []box) bool { return len(row) == 10 })
	if i < 2 {
		return box{}, false
	}
	return rows[i-2][0], true
}

// dial touches the digits of a number.
func (f *finger) dial(number string) {
	f.t.Helper()
	f.find("a pad of digits", f.digit(0))
	for _, d := range number {
		key, _ := f.digit(int(d - '0'))()
		f.touch(key)
	}
}

// spell touches letters and the first candidate of what they mean.
func (f *finger) spell(pinyin string) {
	f.t.Helper()
	for _, r := range []byte(pinyin) {
		f.touch(f.find("the key "+string(r), f.letter(r)))
	}
	f.touch(f.find("what "+pinyin+" means", f.candidate))
}

// qrOf returns what is in the QR code of a picture, read by a decoder that is
// not ours.
func qrOf(t *testing.T, picture image.Image) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "screen.png")
	f, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := png.Encode(f, picture); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), "zbarimg", "--raw", "-q", "-Sdisable", "-Sqrcode.enable", file).Output()
	if err != nil {
		t.Fatalf("zbarimg reads no code on the screen: %v", err)
	}
	return strings.TrimSpace(string(out))
}

// numberOf is the receipt number in what a receipt's code says.
func numberOf(code string) string {
	return regexp.MustCompile(`[0-9]{12}`).FindString(strings.ReplaceAll(code, " ", ""))
}

// registers answers what a household is asked, from the name to the receipt.
func (f *finger) registers() {
	f.t.Helper()
	f.spell("chenxiuying")
	f.leads("the name", f.next)
	f.leads("no identity number", f.next)
	f.dial(applicantPhone)
	f.leads("the telephone number", f.next)
	f.leads("nobody helped", f.next)
	f.dial("4")
	f.leads("how many people", f.next)
	f.leads("not how many work", f.next)
	f.leads("nobody else by name", f.next)
	f.touch(f.find("the first trade", f.first))
	f.leads("the trade", f.next)
	f.leads("no other trade", f.next)
	f.leads("no crop", f.next)
	f.leads("no land", f.next)
	f.touch(f.find("the consent", f.first))
	f.leads("having agreed", f.next)
	f.leads("nothing about money", f.next)
	f.leads("nothing to correct", f.next)
}

// At the kiosk's real window a finger registers a household, with the place by group
// and house and the name 陈秀英 in pinyin, and then asks for a loan without saying again
// who they are. The agent receives both. The QR code of the demand's receipt begins with
// the number by which the agent finds the demand, and is signed. The receipt is printed,
// and that it was is in the audit log of the server.
func TestKioskWindow(t *testing.T) {
	t.Parallel()
	s := running(t)
	d, agent := s.enrol("kiosk", "panel", made.Units[0].Code), s.enrol("agent", "laptop", made.Units[0].Code)
	d.sync()
	paper := filepath.Join(t.TempDir(), "paper.bin")
	connected := `{"printer": {"address": "file:` + paper + `", "profile": "80mm"}}`
	if err := os.WriteFile(filepath.Join(d.dir, "devices.json"), []byte(connected), 0o600); err != nil {
		t.Fatal(err)
	}
	x := newScreen(t, 1080, 1920)
	p := x.open(d, "村级自助机")
	x.drawn()
	f := &finger{screen: x}
	f.leads("the tile for a household", f.tile(0, 2))
	f.leads("the tile for group and house", f.tile(-1, 1))
	f.leads("the first group", f.first)
	f.leads("the first house", f.first)
	f.leads("the right place", f.next)
	f.registers()
	registered := numberOf(qrOf(t, f.picture()))
	f.leads("a loan demand as well", f.above)

	f.dial("50000")
	f.leads("the amount", f.next)
	f.touch(f.find("the first purpose", f.first))
	f.leads("the purpose", f.next)
	f.leads("no more words about it", f.next)
	f.dial("12")
	f.leads("the term", f.next)
	f.leads("the name as it was registered", f.next)
	f.touch(f.find("the first way to be reached", f.first))
	f.leads("the way to be reached", f.next)
	f.leads("the telephone number as it was registered", f.next)
	f.leads("nobody helped", f.next)
	f.touch(f.find("the consent", f.first))
	f.leads("having agreed", f.next)
	f.leads("nothing to correct", f.next)

	code := qrOf(t, f.picture())
	number := numberOf(code)
	var proved struct{ Number, Name string }
	s.do(&proved, "device", "receipt", code)
	if proved.Name != "panel" || strings.ReplaceAll(proved.Number, " ", "") != number {
		t.Errorf("the server verifies %q as %+v", code, proved)
	}
	signed, err := receipt.ParseSigned(code)
	if err != nil || string(signed.Number) != number {
		t.Errorf("the code %q: %v", code, err)
	}
	signed.Minute--
	earlier := []string{"device", "receipt", signed.String(), "--dir", s.dir, "--sample", "--quiet"}
	if got := refused(t, "syncserver", earlier...); got.Code != "invalid" || !strings.Contains(got.Message, "签名") {
		t.Errorf("a receipt of a minute before: %+v", got)
	}
	eventually(t, "the receipt is printed", func() bool {
		out, _ := os.ReadFile(paper) // nothing yet
		return bytes.Contains(out, []byte(receipt.Number(number).String())) && bytes.Contains(out, []byte(code))
	})
	eventually(t, "the print is on record at the server", func() bool {
		return slices.ContainsFunc(s.audited("--deed", "print"), func(e auditEntry) bool { return e.About == number+" 1" })
	})
	var got demand
	eventually(t, "the demand reaches the agent", func() (found bool) {
		agent.sync()
		for _, one := range agent.demands() {
			if number != "" && strings.ReplaceAll(one.Receipt, " ", "") == number {
				got, found = one, true
			}
		}
		return found
	})
	houses := slices.DeleteFunc(agent.where("household", "head_name=陈秀英"), func(r row) bool { return r.Fields["population"] != "4" })
	if len(houses) != 1 || houses[0].Fields["phone"] != applicantPhone || houses[0].Fields["main_trade"] == "" || registered == "" || registered == number {
		t.Errorf("the households at the agent: %+v, registered under %q", houses, registered)
	}
	if got.Name != "陈秀英" || got.Asked != "50000.00" || got.Channel != "kiosk" || got.Status != "unverified" {
		t.Errorf("the agent sees %+v", got)
	}
	p.stop(t)
}

// At the kiosk's real window a scanner, which types a doorplate's code in one burst,
// leads from the start to the place, and on to the amount. Where a busy machine tears
// the burst apart, the kiosk says that it cannot read the code, and it is scanned again.
func TestKioskWindowTakesAScan(t *testing.T) {
	t.Parallel()
	s := running(t)
	plate, _, _ := s.firstPlate()
	d := s.enrol("kiosk", "scanned", made.Units[0].Code)
	d.sync()
	x := newScreen(t, 1080, 1920)
	p := x.open(d, "村级自助机")
	x.drawn()
	f := &finger{screen: x}
	f.leads("the tile for a loan demand", f.tile(0, 0))
	typed, touched := time.Time{}, time.Time{}
	eventually(t, "the scan leads to the pad of digits", func() bool {
		f.see()
		_, there := f.digit(0)()
		switch b, ok := f.next(); { // a busy machine answers late: nothing is typed or touched again at once
		case there:
		case ok: // the place is right, or: scan again
			if time.Since(touched) > 5*settle {
				f.touch(b)
				touched, typed = time.Now(), time.Time{}
			}
		case time.Since(typed) > 30*settle:
			x.xdotool("type", "--delay", "1", plate.First)
			x.xdotool("key", "Return")
			typed = time.Now()
		}
		return there
	})
	p.stop(t)
}
