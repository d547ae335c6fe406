// SPDX-License-Identifier: Apache-2.0

package e2e_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"image"
	"image/draw"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// screen is an X display of its own, without a window manager, as a kiosk's
// session is.
type screen struct {
	t      *testing.T
	name   string   // ":7"
	buffer string   // file of what is on it, as xwd writes it
	env    []string // what programs opened on it see besides
	opened *[]int   // processes that have windows on it, ended ones too
}

// newScreen starts a display of the size that the program is made for; more
// are further arguments of Xvfb.
func newScreen(t *testing.T, width, height int, more ...string) screen {
	t.Helper()
	folder := t.TempDir()
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer read.Close()
	args := []string{
		"-displayfd", "3", "-screen", "0", fmt.Sprintf("%dx%dx24", width, height), "-nolisten", "tcp", "-noreset", "-fbdir", folder,
	}
	cmd := exec.Command("Xvfb", append(args, more...)...)
	cmd.ExtraFiles = []*os.File{write}
	start(t, cmd)
	write.Close()
	line, err := bufio.NewReader(read).ReadString('\n')
	if err != nil {
		t.Fatalf("Xvfb (apt package xvfb) tells no display: %v", err)
	}
	return screen{t: t, name: ":" + strings.TrimSpace(line), buffer: filepath.Join(folder, "Xvfb_screen0"), opened: new([]int)}
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
	cmd := command(context.Background(), d.program, "--dir", d.dir, "--verbose")
	home := s.t.TempDir()
	errs, err := os.Create(d.windowLog())
	if err != nil {
		s.t.Fatal(err)
	}
	defer errs.Close()
	cmd.Stderr = errs
	cmd.Env = append(append(cmd.Env, "DISPLAY="+s.name, "LIBGL_ALWAYS_SOFTWARE=1", "HOME="+home, "XDG_RUNTIME_DIR="+home), s.env...)
	p := start(s.t, cmd)
	*s.opened = append(*s.opened, cmd.Process.Pid)
	eventually(s.t, "the window "+title, func() bool {
		select {
		case <-p.done:
			s.t.Fatalf("%s ended: %v\n%s", d.program, p.err, tail(d.windowLog()))
		default:
		}
		out, err := s.tool("xdotool", "search", "--onlyvisible", "--name", title)
		return err == nil && len(bytes.TrimSpace(out)) > 0
	})
	return p
}

// windowLog is the file with what a device's windows log.
func (d *device) windowLog() string { return d.dir + ".windows.log" }

// picture is what a person sees now. The display keeps it in a file: a header of
// big-endian words, its length first, then colours that a display of 24 bits does
// not use, then the lines.
func (s screen) picture() *image.RGBA {
	s.t.Helper()
	data, err := os.ReadFile(s.buffer)
	if err != nil {
		s.t.Fatal(err)
	}
	word := func(i int) int { return int(binary.BigEndian.Uint32(data[4*i:])) }
	const width, height, lineLength, colours, sizeOfColour = 4, 5, 12, 19, 12
	lines := data[word(0)+word(colours)*sizeOfColour:]
	img := image.NewRGBA(image.Rect(0, 0, word(width), word(height)))
	for y := range word(height) {
		from, to := lines[y*word(lineLength):], img.Pix[y*img.Stride:]
		for x := range word(width) {
			blue, green, red := from[4*x], from[4*x+1], from[4*x+2]
			to[4*x], to[4*x+1], to[4*x+2], to[4*x+3] = red, green, blue, 0xff
		}
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

// calm waits until nothing moves but a caret, and nothing will: what a program with windows was asked to do it has done.
// A picture alone does not tell, since on a busy machine a page may come long after the press that leads to it.
func (s screen) calm() {
	s.t.Helper()
	const looks, pause = 8, 20 * time.Millisecond
	before, idle := s.picture(), 0
	eventually(s.t, "the page stands still", func() bool {
		time.Sleep(pause)
		if idle++; s.working() {
			before, idle = s.picture(), 0
		}
		if idle < looks {
			return false
		}
		after := s.picture()
		still := differ(before, after) < 5
		before, idle = after, 0
		return still
	})
}

// working says whether a thread of a program with windows runs, or waits for a processor or a disk.
func (s screen) working() bool {
	for _, process := range *s.opened {
		threads, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/stat", process)) // the pattern is one
		for _, thread := range threads {
			stat, err := os.ReadFile(thread)
			if err != nil { // it ended
				continue
			}
			state := stat[bytes.LastIndexByte(stat, ')')+1:] // behind the name: proc_pid_stat(5)
			if len(state) > 1 && (state[1] == 'R' || state[1] == 'D') {
				return true
			}
		}
	}
	return false
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
	black := image.NewRGBA(s.picture().Bounds())
	draw.Draw(black, black.Bounds(), image.Black, image.Point{}, draw.Src)
	return s.changes("a first page", black)
}
