// SPDX-License-Identifier: Apache-2.0

package e2e_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"image"
	"image/png"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// screen is an X display of its own, without a window manager, as a kiosk's
// session is.
type screen struct {
	t    *testing.T
	name string // ":7"
}

// newScreen starts a display of the size that the program is made for; more
// are further arguments of Xvfb.
func newScreen(t *testing.T, width, height int, more ...string) screen {
	t.Helper()
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer read.Close()
	args := []string{"-displayfd", "3", "-screen", "0", fmt.Sprintf("%dx%dx24", width, height), "-nolisten", "tcp", "-noreset"}
	cmd := exec.Command("Xvfb", append(args, more...)...)
	cmd.ExtraFiles = []*os.File{write}
	start(t, cmd)
	write.Close()
	line, err := bufio.NewReader(read).ReadString('\n')
	if err != nil {
		t.Fatalf("Xvfb (apt package xvfb) tells no display: %v", err)
	}
	return screen{t, ":" + strings.TrimSpace(line)}
}

// tool runs a program on the display.
func (s screen) tool(program string, args ...string) ([]byte, error) {
	ctx, stop := context.WithTimeout(s.t.Context(), patience)
	defer stop()
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Env = append(os.Environ(), "DISPLAY="+s.name)
	return cmd.Output()
}

func (s screen) xdotool(args ...string) {
	s.t.Helper()
	if _, err := s.tool("xdotool", args...); err != nil {
		s.t.Fatalf("xdotool %s: %v\n%s", strings.Join(args, " "), err, stderrOf(err))
	}
}

// open starts a device's windows and waits until one of this title is there.
func (s screen) open(d *device, title string) *process {
	s.t.Helper()
	cmd := command(context.Background(), d.program, "--dir", d.dir)
	home := s.t.TempDir()
	var errs bytes.Buffer
	cmd.Stderr = &errs
	cmd.Env = append(cmd.Env, "DISPLAY="+s.name, "LIBGL_ALWAYS_SOFTWARE=1", "HOME="+home, "XDG_RUNTIME_DIR="+home)
	p := start(s.t, cmd)
	eventually(s.t, "the window "+title, func() bool {
		select {
		case <-p.done:
			s.t.Fatalf("%s ended: %v\n%s", d.program, p.err, errs.Bytes())
		default:
		}
		out, err := s.tool("xdotool", "search", "--onlyvisible", "--name", title)
		return err == nil && len(bytes.TrimSpace(out)) > 0
	})
	return p
}

// picture is what a person sees now.
func (s screen) picture() image.Image {
	s.t.Helper()
	data, err := s.tool("import", "-silent", "-window", "root", "png:-")
	if err != nil {
		s.t.Fatalf("import (apt package imagemagick): %v\n%s", err, stderrOf(err))
	}
	img, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		s.t.Fatal(err)
	}
	return img
}

// differ returns how many of a thousand sampled points two pictures differ in.
func differ(a, b image.Image) (points int) {
	size := a.Bounds().Size()
	for i := range 1000 {
		x, y := i%40*size.X/40, i/40*size.Y/25
		if a.At(x, y) != b.At(x, y) {
			points++
		}
	}
	return points
}

// changes waits until the screen shows something else than before: another
// page, not a blinking caret.
func (s screen) changes(what string, before image.Image) (after image.Image) {
	s.t.Helper()
	eventually(s.t, what, func() bool {
		after = s.picture()
		return differ(before, after) > 100
	})
	return after
}

// drawn waits for the first page.
func (s screen) drawn() image.Image {
	s.t.Helper()
	return s.changes("a first page", image.NewRGBA(s.picture().Bounds()))
}

// The laptop's real window stays shut for a wrong passphrase and opens for
// the right one; from then on it is in sync by itself.
func TestAgentWindow(t *testing.T) {
	s := running(t)
	d, other := s.enrol("agent", "laptop"), s.enrol("agent", "other")
	d.sync()
	other.sync()
	x := newScreen(t, 1366, 768)
	p := x.open(d, "信用服务官")
	locked := x.drawn()
	x.xdotool("type", "--delay", "20", "a wrong passphrase")
	x.xdotool("key", "Return")
	if n := differ(locked, x.picture()); n > 100 {
		t.Errorf("a wrong passphrase changed %d of 1000 points", n)
	}
	eventually(t, "the passphrase opens the window", func() bool {
		// What is typed while the last one is still being checked is lost.
		x.xdotool("key", "ctrl+a")
		x.xdotool("type", "--delay", "20", password)
		x.xdotool("key", "Return")
		for range 20 {
			if differ(locked, x.picture()) > 100 {
				return true
			}
		}
		return false
	})
	id := other.put("household", entry{Village: made.Units[0].Code, Fields: map[string]string{"head_name": "示例窗口"}})[0]
	other.sync()
	eventually(t, "what another laptop registered is here without anybody's doing", func() bool {
		for _, r := range d.list("household") {
			if r.ID == id {
				return true
			}
		}
		return false
	})
	p.stop(t)
}

// The kiosk's real window answers a finger, the tile for a loan demand leads
// on, and takes what a scanner types as fast as one does.
func TestKioskWindow(t *testing.T) {
	s := running(t)
	d := s.enrol("kiosk", "panel", made.Units[0].Code)
	d.sync()
	x := newScreen(t, 1080, 1920)
	p := x.open(d, "村级自助机")
	first := x.drawn()
	x.xdotool("mousemove", "285", "780", "click", "1")
	where := x.changes("the tile for a loan demand leads on", first)
	x.xdotool("type", "--delay", "2", "--args", "1", "https://police.example.cn/1", "key", "--delay", "2", "Return")
	x.changes("a code that is no plate of ours is explained", where)
	p.stop(t)
}
