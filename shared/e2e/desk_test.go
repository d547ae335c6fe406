// SPDX-License-Identifier: Apache-2.0

package e2e_test

import (
	"slices"
	"testing"
	"time"
)

// hand is somebody at a laptop: it types, and presses the one button that every
// page has at the top on the right.
type hand struct{ screen }

// main returns the page's button, if it has one.
func (h hand) main() (b box, found bool) {
	picture := h.picture()
	size := picture.Bounds().Size()
	for _, b := range boxesOf(picture) {
		if b.dark() && b.Min.X > size.X/2 && b.Max.Y < size.Y/5 {
			return b, true
		}
	}
	return box{}, false
}

// press presses the page's button and waits until the page stands still.
func (h hand) press() {
	h.t.Helper()
	var b box
	eventually(h.t, "a button at the top of the page", func() (found bool) {
		b, found = h.main()
		return found
	})
	h.click(b.middle())
	h.calm()
}

func (h hand) types(text string) {
	h.t.Helper()
	h.xdotool("type", "--delay", "20", text)
}

// shut tells whether the window waits for a passphrase: its one large button can be pressed.
func (h hand) shut() bool {
	return slices.ContainsFunc(boxesOf(h.picture()), func(b box) bool { return b.dark() && b.Dx() > 400 && b.Dy() < 60 })
}

// unlock types passphrases until one opens the window.
func (h hand) unlock(passphrase string) {
	h.t.Helper()
	eventually(h.t, "the passphrase opens the window", func() bool {
		eventually(h.t, "no passphrase is being checked", h.shut)
		h.xdotool("key", "ctrl+a")
		h.types(passphrase)
		h.xdotool("key", "Return")
		for deadline := time.Now().Add(patience / 4); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
			if _, open := h.main(); open {
				return true
			}
		}
		return false
	})
}

// The laptop's real window stays shut for a wrong passphrase and opens for the
// right one; from then on it is in sync by itself. A hand registers a household
// in it: each time it saves, the form leads to what is still missing. The name is
// written in Chinese through fcitx5, which X11 brings to the window.
func TestAgentWindow(t *testing.T) {
	t.Parallel()
	s := running(t)
	d, other := s.enrol("agent", "laptop", made.Units[0].Code), s.enrol("agent", "other", made.Units[0].Code)
	d.sync()
	other.sync()
	h := hand{newScreen(t, 1366, 768)}
	in := newIME(&h)
	p := h.open(d, "信用服务官")
	h.drawn()
	h.calm()
	locked := h.picture()
	h.types("a wrong passphrase")
	h.xdotool("key", "Return")
	h.calm()
	eventually(t, "the passphrase was checked", h.shut)
	if n := differ(locked, h.picture()); n > 100 {
		t.Errorf("a wrong passphrase changed %d of 1000 points", n)
	}
	h.unlock(password)

	id := other.put("household", entry{Village: made.Units[0].Code, Fields: map[string]string{"head_name": "示例窗口"}})[0]
	other.sync()
	eventually(t, "what another laptop registered is here without anybody's doing", func() bool {
		return len(d.where("household", "head_name=示例窗口")) == 1
	})
	if got := d.get(id).Fields["head_name"]; got != "示例窗口" {
		t.Errorf("the laptop reads %q", got)
	}

	h.press() // register a household
	h.press() // save: the name is missing
	in.writes("zhangsan")
	h.press() // how many people
	h.types("4")
	h.press() // the trade: the first of them
	h.xdotool("key", "space")
	h.press() // the consent: yes
	h.xdotool("key", "space")
	h.press()
	eventually(t, "the household that a hand registered reaches the other laptop", func() bool {
		other.sync()
		rows := other.where("household", "head_name=张三")
		return len(rows) == 1 && rows[0].Fields["population"] == "4" && rows[0].Fields["main_trade"] != ""
	})
	p.stop(t)
}
