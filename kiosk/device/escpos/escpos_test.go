// SPDX-License-Identifier: Apache-2.0

package escpos_test

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"yuexin/assets"
	"yuexin/kiosk/device/escpos"
	"yuexin/kiosk/device/escpos/virtual"
	"yuexin/shared/fault"
	"yuexin/shared/scanner"
)

func profiles(t testing.TB) map[string]escpos.Profile {
	t.Helper()
	f, err := assets.FS.Open("devices/printers-1.json")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	list, err := escpos.ParseProfiles(f)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]escpos.Profile{}
	for _, p := range list {
		out[p.Name] = p
	}
	return out
}

func TestParseProfilesRefuses(t *testing.T) {
	for name, text := range map[string]string{
		"no json": "{", "unknown field": `{"colour":1}`, "charset": `{"profiles":[{"name":"a","dots":384,"charset":"big5"}]}`,
		"width": `{"profiles":[{"name":"a","dots":385,"charset":"gbk"}]}`,
		"twice": `{"profiles":[{"name":"a","dots":384,"charset":"gbk"},{"name":"a","dots":384,"charset":"gbk"}]}`,
	} {
		if _, err := escpos.ParseProfiles(strings.NewReader(text)); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
}

func TestWrap(t *testing.T) {
	tests := []struct {
		name, text string
		columns    int
		want       []string
	}{
		{"fits", "回执编号", 8, []string{"回执编号"}},
		{"between characters", "回执编号", 7, []string{"回执编", "号"}},
		{"no comma first", "一二三，四", 6, []string{"一二", "三，四"}},
		{"no bracket last", "一二（三）", 6, []string{"一二", "（三）"}},
		{"words stay whole", "keep this number", 9, []string{"keep this", "number"}},
		{"a long word is cut", "ABCDEFGHIJ", 4, []string{"ABCD", "EFGH", "IJ"}},
		{"mixed", "编号0042 1000 7385", 9, []string{"编号0042", "1000 7385"}},
		{"lines are kept", "a\n\nb", 9, []string{"a", "", "b"}},
		{"half a character never", "一二", 3, []string{"一", "二"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, escpos.Wrap(tt.text, tt.columns)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// Nothing but spaces is lost, and no line is too wide.
func TestWrapLaw(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringOf(rapid.SampledFrom([]rune("ab 12，。（）粤信é—-"))).Draw(t, "text")
		columns := rapid.IntRange(2, 48).Draw(t, "columns")
		lines := escpos.Wrap(text, columns)
		bare := func(s string) string { return strings.ReplaceAll(s, " ", "") }
		if bare(strings.Join(lines, "")) != bare(text) {
			t.Fatalf("%q became %q", text, lines)
		}
		for _, line := range lines {
			if escpos.Width(line) > columns {
				t.Fatalf("%q is wider than %d", line, columns)
			}
		}
	})
}

// slip is a small sheet with everything in it.
func slip() *escpos.Sheet {
	s := &escpos.Sheet{}
	s.Text(escpos.Style{Align: escpos.Centre, Bold: true, Size: 2}, "回执")
	s.Rule()
	s.Row("编号", "0042 1000 7385")
	s.Text(escpos.Style{}, "村：富溪村 é")
	s.QR("004210007385")
	return s
}

// TestBytes holds the commands of a small sheet to what Epson's reference says, byte by byte.
func TestBytes(t *testing.T) {
	s := &escpos.Sheet{}
	s.Text(escpos.Style{Align: escpos.Centre, Bold: true, Size: 2}, "回A")
	s.QR("12")
	got, err := s.Compose(profiles(t)["80mm"])
	if err != nil {
		t.Fatal(err)
	}
	want := "1b40" + "1d6100" + "1c26" + // initialise, no automatic status, Chinese
		"1b6101" + "1b4501" + "1d2111" + "1c210c" + "bbd8" + "41" + "0a" +
		"0a" + "1b6101" +
		"1d286b0400" + "31413200" + "1d286b0300" + "314308" + "1d286b0300" + "314531" +
		"1d286b0500" + "315030" + "3132" + "1d286b0300" + "315130" + "0a" +
		"1d564200"
	if diff := cmp.Diff(want, hex.EncodeToString(got)); diff != "" {
		t.Error(diff)
	}
}

// Every sort of printer prints the same words and the same code, none gets what it does not know, and a code is read back from
// the picture of the paper.
func TestEveryProfile(t *testing.T) {
	for name, p := range profiles(t) {
		t.Run(name, func(t *testing.T) {
			job, err := slip().Compose(p)
			if err != nil {
				t.Fatal(err)
			}
			v := virtual.New(p)
			v.Write(job)
			paper := v.Tear()
			if len(paper.Wrong) > 0 {
				t.Errorf("the printer does not understand: %q", paper.Wrong)
			}
			if got, err := scanner.Image(paper.Image()); err != nil || got != "004210007385" {
				t.Errorf("the code says %q, %v", got, err)
			}
			text := paper.Text()
			if p.Charset != escpos.ASCII && !strings.Contains(text, "编号") {
				t.Errorf("printed %q", text)
			}
			if strings.Contains(text, "?") || strings.Contains(text, "？") {
				t.Errorf("a character became a question mark: %q", text)
			}
		})
	}
}

// What a printer's font has not is drawn: 㘵 and 𣒍 are in names of villages, of which GBK has neither.
func TestRareCharactersAreDrawn(t *testing.T) {
	for text, drawn := range map[string]bool{"大㘵村": true, "輋𣒍村": true, "富溪村": false, "镕": false, "·": false, "€": true} {
		s := &escpos.Sheet{}
		s.Text(escpos.Style{}, text)
		job, err := s.Compose(profiles(t)["80mm"])
		if err != nil {
			t.Fatal(err)
		}
		v := virtual.New(profiles(t)["80mm"])
		v.Write(job)
		paper := v.Tear()
		if got := paper.Marks[0].Picture != nil; got != drawn {
			t.Errorf("%s was drawn: %v", text, got)
		}
		if drawn && !slices.Contains(paper.Image().Pix, 0) {
			t.Errorf("%s is an empty line", text)
		}
	}
	s := &escpos.Sheet{}
	s.Text(escpos.Style{}, "一\U0002A6D6二") // a character that our face has not
	if got := s.Missing(); len(got) != 1 {
		t.Errorf("missing: %q", string(got))
	}
	job, err := s.Compose(profiles(t)["80mm"])
	if err != nil || !bytes.Contains(job, []byte{0xA1, 0xFE}) { // 〓
		t.Errorf("% x, %v", job, err)
	}
}

// No picture says a real-time command by chance.
func TestPicturesSayNoCommand(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := &escpos.Sheet{}
		s.Text(escpos.Style{}, rapid.StringOfN(rapid.SampledFrom([]rune("㘵輋𣒍榃良大村")), 1, 60, -1).Draw(t, "text"))
		job, err := s.Compose(escpos.Profile{Name: "a", Dots: 384, Charset: escpos.ASCII})
		if err != nil {
			t.Fatal(err)
		}
		for _, command := range []byte{4, 5, 0x14} {
			if bytes.Contains(job, []byte{0x10, command}) {
				t.Fatal("the bits of a picture are a real-time command")
			}
		}
	})
}

func TestComposeLimits(t *testing.T) {
	long, many := &escpos.Sheet{}, &escpos.Sheet{}
	long.QR(strings.Repeat("x", 4000))
	for range escpos.MaxParts + 1 {
		many.Rule()
	}
	for name, s := range map[string]*escpos.Sheet{"code": long, "lines": many} {
		if _, err := s.Compose(profiles(t)["58mm"]); !fault.Is(err, fault.TooLarge) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// network is a virtual printer at a TCP port.
func network(t *testing.T, name string) (*virtual.Printer, *escpos.Printer) {
	t.Helper()
	v := virtual.New(profiles(t)[name])
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			v.Serve(conn)
			conn.Close()
		}
	}()
	t.Cleanup(func() { l.Close(); <-ended })
	return v, &escpos.Printer{
		Profile: v.Profile, Address: escpos.Address("tcp:" + l.Addr().String()),
		Patience: escpos.Patience{Answer: 100 * time.Millisecond, Stall: 300 * time.Millisecond, Finish: time.Second},
	}
}

func key(err error) string {
	if err == nil {
		return ""
	}
	return fault.From(err).Key
}

func TestPrint(t *testing.T) {
	v, p := network(t, "80mm")
	var done []int
	out, err := p.Print(t.Context(), slip(), func(n, of int) { done = append(done, n*100/of) })
	if out != escpos.Printed || err != nil {
		t.Fatalf("%v, %v", out, err)
	}
	if len(done) == 0 || done[len(done)-1] != 100 || !slices.IsSorted(done) {
		t.Errorf("progress: %v", done)
	}
	if text := v.Tear().Text(); !strings.Contains(text, "0042 1000 7385") || !strings.Contains(text, "✂") {
		t.Errorf("printed %q", text)
	}
}

// What keeps a printer from printing is found before anything is sent.
func TestPrintRefused(t *testing.T) {
	tests := map[string]func(*virtual.State){
		"printer.paper":  func(s *virtual.State) { s.Dots = 0 },
		"printer.cover":  func(s *virtual.State) { s.Cover = true },
		"printer.error":  func(s *virtual.State) { s.Error = true },
		"printer.silent": func(s *virtual.State) { s.Mute = true },
	}
	for want, change := range tests {
		t.Run(want, func(t *testing.T) {
			v, p := network(t, "80mm")
			v.Set(change)
			out, err := p.Print(t.Context(), slip(), nil)
			if out != escpos.Unprinted || key(err) != want {
				t.Fatalf("%v, %v", out, err)
			}
			v.Set(func(s *virtual.State) { *s = virtual.State{Dots: virtual.Plenty} })
			if text := v.Tear().Text(); text != "" {
				t.Errorf("printed %q all the same", text)
			}
			if out, err = p.Print(t.Context(), slip(), nil); out != escpos.Printed {
				t.Errorf("once it is well: %v, %v", out, err)
			}
		})
	}
}

// TestPaperEndsInTheMiddle: the printer stops, that is said, the rest does not come out before the next, and the next is whole.
func TestPaperEndsInTheMiddle(t *testing.T) {
	v, p := network(t, "80mm")
	v.Set(func(s *virtual.State) { s.Dots = 60 })
	out, err := p.Print(t.Context(), slip(), nil)
	if out != escpos.Partial || key(err) != "printer.paper" {
		t.Fatalf("%v, %v", out, err)
	}
	if text := v.Tear().Text(); !strings.Contains(text, "回执") || strings.Contains(text, "7385") {
		t.Errorf("before the end of the paper came %q", text)
	}
	st, err := p.Status(t.Context())
	if err != nil || !st.PaperEnd || !st.NearEnd || !st.Offline {
		t.Errorf("status %+v, %v", st, err)
	}
	v.Set(func(s *virtual.State) { s.Dots = virtual.Plenty })
	if out, err = p.Print(t.Context(), slip(), nil); out != escpos.Printed || err != nil {
		t.Fatalf("with paper: %v, %v", out, err)
	}
	if text := v.Tear().Text(); strings.Count(text, "7385") != 2 { // figures and code, once
		t.Errorf("with paper again came %q", text)
	}
}

// TestCancel gives up while the printer is busy; what was begun is said to be in the tray.
func TestCancel(t *testing.T) {
	v, p := network(t, "80mm")
	v.Set(func(s *virtual.State) { s.Dots = 60 })
	p.Patience.Finish = time.Minute
	p.Profile.Status = false // so that nothing but the cancelling ends it
	ctx, cancel := context.WithCancel(t.Context())
	out, err := p.Print(ctx, slip(), func(n, of int) {
		if n == of {
			cancel()
		}
	})
	if out != escpos.Partial || !errors.Is(err, context.Canceled) {
		t.Errorf("%v, %v", out, err)
	}
	if out, err := p.Print(ctx, slip(), nil); out != escpos.Unprinted || !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled before it begins: %v, %v", out, err)
	}
}

func TestFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "slips.bin")
	p := &escpos.Printer{Profile: profiles(t)["80mm"], Address: escpos.Address("file:" + path)}
	for range 2 {
		if out, err := p.Print(t.Context(), slip(), nil); out != escpos.Sent || err != nil {
			t.Fatalf("%v, %v", out, err)
		}
	}
	job, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	v := virtual.New(p.Profile)
	v.Write(job)
	if text := v.Tear().Text(); strings.Count(text, "✂") != 2 {
		t.Errorf("the file holds %q", text)
	}
}

func TestOpenFaults(t *testing.T) {
	dir := t.TempDir()
	plain := filepath.Join(dir, "plain")
	if err := os.WriteFile(plain, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for address, want := range map[string]string{
		filepath.Join(dir, "lp0"): "printer.missing", plain: "printer.missing", "tcp:127.0.0.1:1": "printer.missing",
		"file:" + dir + "/none/x": "printer.missing",
	} {
		p := &escpos.Printer{Profile: profiles(t)["80mm"], Address: escpos.Address(address)}
		if out, err := p.Print(t.Context(), slip(), nil); out != escpos.Unprinted || key(err) != want {
			t.Errorf("%s: %v, %v", address, out, err)
		}
	}
}

// FuzzVirtual gives the virtual printer anything: it never crashes and never waits for nothing.
func FuzzVirtual(f *testing.F) {
	f.Add([]byte("\x1b@\x1dv0\x00\x01\x00\x01\x00\xff\n"))
	f.Add([]byte{0x1d, '(', 'k', 3, 0, '1', 'Q', '0'})
	f.Add([]byte{0x1d, '(', 'k', 0, 0, 0, 0})
	f.Add([]byte{0x1c, '&', 0x81, 0x30, 0x81, 0x30, 0x0a})
	f.Fuzz(func(t *testing.T, data []byte) {
		v := virtual.New(escpos.Profile{Name: "a", Dots: 384, Charset: escpos.GB18030, QR: true, Cut: true})
		v.Set(func(s *virtual.State) { s.Dots = 1 << 16 })
		v.Serve(&line{in: bytes.NewReader(data)})
	})
}

type line struct{ in io.Reader }

func (l *line) Read(b []byte) (int, error)  { return l.in.Read(b) }
func (l *line) Write(b []byte) (int, error) { return len(b), nil }
