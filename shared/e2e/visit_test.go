// SPDX-License-Identifier: Apache-2.0

package e2e_test

import (
	"image"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// click presses somewhere, and waits until that did something and the page stands still.
func (h hand) click(at image.Point) {
	h.t.Helper()
	h.xdotool("mousemove", strconv.Itoa(at.X), strconv.Itoa(at.Y))
	h.calm() // what lies under a pointer is drawn otherwise
	before := h.picture()
	h.xdotool("click", "1")
	h.moved(before)
}

// moved waits until the page is not the one before, and stands still.
func (h hand) moved(before *image.RGBA) {
	h.t.Helper()
	eventually(h.t, "something happens", func() bool {
		now, points := h.picture(), 0
		for i := 0; i < len(now.Pix); i += 4 {
			if [3]byte(now.Pix[i:i+3]) != [3]byte(before.Pix[i:i+3]) {
				points++
			}
		}
		return points > 300 // more than a caret
	})
	h.calm()
}

// Heights of what is pressed on a laptop, in pixels.
const (
	lowest    = 28
	highest   = 48
	menuWidth = 208 // and how wide the menu is
)

// within returns what can be pressed between two places across, from the top.
func (h hand) within(left, right int) (found []box) {
	for _, b := range boxesOf(h.picture()) {
		if b.dark() && b.Min.Y > 660 && b.Min.X > menuWidth && b.Dx() > 100 { // words that come and go cover what is below
			return nil
		}
		if b.Min.X >= left && b.Max.X <= right && b.Dy() >= lowest && b.Dy() <= highest {
			found = append(found, b)
		}
	}
	return found
}

// deed presses one of the buttons at the end of the lines of a page's left part, counted from the top or, below zero, from
// the foot.
func (h hand) deed(what string, i int) {
	h.t.Helper()
	h.pick(what, i, 600, 965)
}

// pick presses one of what lies between two places across.
func (h hand) pick(what string, i, left, right int) {
	h.t.Helper()
	var at image.Point
	eventually(h.t, what+" is there", func() bool {
		found := h.within(left, right)
		n := i
		if n < 0 {
			n += len(found)
		}
		if n < 0 || n >= len(found) {
			return false
		}
		at = found[n].middle()
		return true
	})
	h.click(at)
}

// next presses the main button of what lies between two places across.
func (h hand) next(what string, left, right int) {
	h.t.Helper()
	var at image.Point
	eventually(h.t, what+" is there", func() bool {
		found := h.within(left, right)
		i := slices.IndexFunc(found, box.dark)
		if i >= 0 {
			at = found[i].middle()
		}
		return i >= 0
	})
	h.click(at)
}

// visits opens the list of the day.
func (h hand) visits() {
	h.t.Helper()
	h.key("F2")
}

// key presses a key that does something.
func (h hand) key(name string) {
	h.t.Helper()
	before := h.picture()
	h.xdotool("key", name)
	h.moved(before)
}

// sign draws a line where somebody signs, and confirms it.
func (h hand) sign() {
	h.t.Helper()
	var pad, main box
	eventually(h.t, "a place to sign", func() bool {
		pad, main = box{}, box{}
		for _, b := range boxesOf(h.picture()) {
			switch {
			case b.Min.X > 683 && b.Dx() > 400 && b.Dy() > 120 && b.Dy() < 260:
				pad = b
			case b.Min.X > 683 && b.Dx() > 400 && b.dark():
				main = b
			}
		}
		return !pad.Empty() && !main.Empty()
	})
	x, y := pad.Min.X+60, pad.Min.Y+40
	args := []string{"mousemove", strconv.Itoa(x), strconv.Itoa(y), "mousedown", "1"}
	for _, d := range []int{10, 30, 60, 90} {
		args = append(args, "mousemove", strconv.Itoa(x+2*d), strconv.Itoa(y+d/2), "sleep", "0.05")
	}
	h.xdotool(append(args, "mouseup", "1")...)
	h.click(main.middle())
}

// TestVisitWindow: in the laptop's real window an officer visits a household about a loan, with a colleague who signs at
// the same laptop. The program is killed in the middle: what was signed is not asked for again. The server takes all of
// it, with the keys of both.
func TestVisitWindow(t *testing.T) {
	t.Parallel()
	s := running(t)
	unit := made.Units[0].Code
	d, other := s.enrol("agent", "visitor", unit), s.enrol("agent", "office", unit)
	d.sync()
	const second = "another sentence of somebody else"
	var code ticket
	s.do(&code, "enrol", "--program", "agent", "--device", d.status().Device, "--person", "王五", "--role", "officer", "--village", unit)
	added := line{program: "agent", args: []string{"enrol", "--add", "--ticket", code.File, "--dir", d.dir}, env: []string{"YUEXIN_ADDED_PASSPHRASE=" + second}}
	if out, err := added.run(t); err != nil {
		t.Fatalf("add a person: %v\n%s%s", err, out, stderrOf(err))
	}
	d.sync()

	if err := os.WriteFile(filepath.Join(d.dir, "devices.json"), []byte(`{"gps": {}}`), 0o600); err != nil { // no receiver
		t.Fatal(err)
	}
	h := hand{newScreen(t, 1366, 768)}
	p := h.open(d, "信用服务官")
	h.drawn()
	h.unlock(password)
	h.calm()
	h.visits()
	h.deed("whom to visit", 0) // put on the list
	h.deed("the visit", 0)
	const purposes, loan = 5, 1
	h.pick("the purpose", loan, 360, 1000)
	h.pick("the companion, who can sign here", purposes, 360, 1000)
	h.next("to begin", 360, 1000)
	h.deed("the letter", -6)
	h.sign()
	h.calm()
	p.kill()

	open := d.list("visit")
	if len(open) != 1 || open[0].Fields["second"] == "" || len(d.list("letter")) != 1 {
		t.Fatalf("after the program was killed: %+v", open)
	}
	photo, _ := picture(t, 7, 20_000)
	must(t, nil, "agent", "attach", open[0].ID, "photo", photo, "--dir", d.dir)

	p = h.open(d, "信用服务官")
	h.unlock(password)
	h.calm()
	h.visits()
	h.deed("to go on", 0)
	h.deed("the position", -5)
	h.pick("to type it", 1, 500, 870) // below the button that tries again
	h.types("23.046947,112.465012")
	h.calm()
	h.key("Return")
	h.deed("the result", -4)
	h.press() // leads to it
	h.key("space")
	h.press()
	h.deed("their signature", -2)
	h.sign()
	h.deed("the companion's signature", -1)
	h.types(second)
	h.calm()
	h.key("Return")
	h.next("to end it", 600, 965)

	eventually(t, "the visit reaches the office", func() bool {
		other.sync()
		return len(other.list("visit_end")) == 1
	})
	end, sign := other.list("visit_end")[0].Fields, other.list("visit_sign")[0].Fields
	if end["visit"] != open[0].ID || end["statement"] != sign["statement"] || end["second"] == "" || end["second"] == end["officer"] ||
		end["position"] != "23.046947,112.465012,0,typed" || !strings.Contains(end["files"], "photo ") || !strings.Contains(end["files"], "signature ") {
		t.Errorf("closed: %v, signed: %v", end, sign)
	}
	p.stop(t)
	if st := d.status(); st.Refused+st.Quarantined != 0 {
		t.Errorf("not taken: %+v", st)
	}
	s.clean()
}
