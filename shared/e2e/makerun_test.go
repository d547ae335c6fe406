// SPDX-License-Identifier: Apache-2.0

package e2e_test

import (
	"bytes"
	"context"
	"image"
	"image/color"
	"image/png"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// noGL is a display that cannot draw, as a machine without its driver.
func noGL(t *testing.T) screen {
	t.Helper()
	return newScreen(t, 1366, 768, "-extension", "GLX")
}

// on makes a command draw on a display.
func (s screen) on(cmd *exec.Cmd) {
	home := s.t.TempDir()
	cmd.Env = append(cmd.Env, "DISPLAY="+s.name, "LIBGL_ALWAYS_SOFTWARE=1", "HOME="+home, "XDG_RUNTIME_DIR="+home)
}

// Without a graphics driver the programs end at once and name the package.
func TestNoGL(t *testing.T) {
	t.Parallel()
	s, x := running(t), noGL(t)
	for _, program := range []string{"agent", "kiosk"} {
		d := s.enrol(program, "no driver", made.Units[0].Code)
		for lang, words := range map[string]string{"zh": "显示驱动不可用", "en": "graphics driver"} {
			ctx, stop := context.WithTimeout(t.Context(), patience)
			cmd := command(ctx, program, "--dir", d.dir, "--lang", lang)
			x.on(cmd)
			out, err := cmd.CombinedOutput()
			stop()
			if code := cmd.ProcessState.ExitCode(); code != 1 {
				t.Errorf("%s: exit code %d (%v), want 1", program, code, err)
			}
			for _, want := range []string{words, "libgl1-mesa-dri"} {
				if !bytes.Contains(out, []byte(want)) {
					t.Errorf("%s --lang %s: %q is not in\n%s", program, lang, want, out)
				}
			}
		}
	}
}

// The supervisor does not say that windows are open which are not.
func TestDemoWithoutGL(t *testing.T) {
	t.Parallel()
	data := filepath.Join(t.TempDir(), "demo")
	c := startDemo(t, data, noGL(t).on)
	said := c.shows("agent 的窗口没有打开", "kiosk 的窗口没有打开", "libgl1-mesa-dri", "agent.log", "kiosk.log", "可用命令")
	if strings.Contains(said, "窗口已打开") {
		t.Errorf("the terminal tells of windows that are not there:\n%s", said)
	}
	c.quit(data)
}

// Both windows open by themselves and go with the demo.
func TestDemoWindows(t *testing.T) {
	t.Parallel()
	data := filepath.Join(t.TempDir(), "demo")
	x := newScreen(t, 1366, 768)
	c := startDemo(t, data, x.on)
	c.shows("窗口已打开", password, "可用命令")
	titles := []string{"信用服务官", "村级自助机"}
	for _, title := range titles {
		eventually(t, "the window "+title, func() bool { return x.shows(title) })
	}
	c.types("status") // reads what the windows hold
	c.shows("agent：0 条待上传", "kiosk：0 条待上传")
	c.quit(data)
	for _, title := range titles {
		if x.shows(title) {
			t.Errorf("the window %s is there after quit", title)
		}
	}
}

// shows tells whether a window of this title is seen.
func (s screen) shows(title string) bool {
	out, err := s.tool("xdotool", "search", "--onlyvisible", "--name", title)
	return err == nil && len(bytes.TrimSpace(out)) > 0
}

var served = regexp.MustCompile(`http://127\.0\.0\.1:([0-9]+)`)

// A port that is taken makes way for the next one, and the second run comes
// back to the one that devices and plates know, unless it is taken in turn.
func TestDemoPort(t *testing.T) {
	t.Parallel()
	data := filepath.Join(t.TempDir(), "demo")
	c := startDemo(t, data)
	port := served.FindStringSubmatch(c.shows("/console/", "可用命令"))[1]
	c.quit(data)

	c = startDemo(t, data)
	if again := served.FindStringSubmatch(c.shows("/console/", "可用命令"))[1]; again != port {
		t.Errorf("the second run serves at port %s, the first at %s", again, port)
	}
	c.quit(data)

	other, err := net.Listen("tcp", "127.0.0.1:"+port)
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	c = startDemo(t, data)
	said := c.shows("端口 "+port+" 已被占用，改用 ", "/console/", "可用命令")
	next := served.FindStringSubmatch(said)[1]
	if next == port || !strings.Contains(said, "改用 "+next+"。") {
		t.Errorf("port %s is taken, and the terminal says\n%s", port, said)
	}
	c.types("status")
	c.shows("服务器：运行中")
	c.quit(data)
}

// LAN=1: a phone on the network scans the code in the terminal and gets the
// resident's page, which says that it is a sample, and nothing else.
func TestDemoOnLAN(t *testing.T) {
	t.Parallel()
	data := filepath.Join(t.TempDir(), "demo")
	c := startDemo(t, data, func(cmd *exec.Cmd) { cmd.Args = append(cmd.Args, "--lan") })
	said := c.shows("同一局域网的手机扫这个码", "可用命令")
	address := readQR(t, said)
	host, err := url.Parse(address)
	if err != nil || net.ParseIP(host.Hostname()).IsLoopback() {
		t.Fatalf("the code leads to %s, where no phone comes: %v", address, err)
	}
	v := newVisitor(t)
	p := v.ok(v.get(address))
	if !strings.Contains(p.body, `class="sample"`) || !strings.Contains(p.text(), "示例") {
		t.Errorf("the page does not say that it is a sample:\n%s", p.text())
	}
	if p := v.get("http://" + host.Host + "/console/"); p.status < 400 {
		t.Errorf("the console answers the LAN in the clear with %d", p.status)
	}
	c.quit(data)
}

// readQR reads the code that a terminal shows in half blocks, dark on light as
// a phone sees it on a dark terminal.
func readQR(t *testing.T, said string) string {
	t.Helper()
	var rows []string
	for line := range strings.Lines(said) {
		if strings.ContainsAny(line, "▀▄█") {
			rows = append(rows, strings.TrimRight(line, "\n"))
		}
	}
	const module = 4 // pixels
	picture := image.NewGray(image.Rect(0, 0, len([]rune(rows[0]))*module, len(rows)*2*module))
	for y, row := range rows {
		for x, block := range []rune(row) {
			for half, lit := range []string{"▀█", "▄█"} {
				if strings.ContainsRune(lit, block) {
					fill(picture, image.Rect(x, 2*y+half, x+1, 2*y+half+1), module)
				}
			}
		}
	}
	file := filepath.Join(t.TempDir(), "terminal.png")
	out, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	if err := png.Encode(out, picture); err != nil {
		t.Fatal(err)
	}
	codes := zbar(t, file)
	if len(codes) != 1 {
		t.Fatalf("zbarimg reads %q from\n%s", codes, said)
	}
	return codes[0]
}

// fill lightens the pixels of a module.
func fill(picture *image.Gray, r image.Rectangle, module int) {
	for y := r.Min.Y * module; y < r.Max.Y*module; y++ {
		for x := r.Min.X * module; x < r.Max.X*module; x++ {
			picture.SetGray(x, y, color.Gray{Y: 255})
		}
	}
}
