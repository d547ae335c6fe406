// SPDX-License-Identifier: Apache-2.0

package device_test

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"image"
	"image/png"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"yuexin/assets"
	"yuexin/kiosk/device"
	"yuexin/kiosk/device/escpos"
	"yuexin/kiosk/device/escpos/virtual"
	"yuexin/kiosk/flow"
	"yuexin/kiosk/flow/flowtest"
	"yuexin/shared/credit/receipt"
	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/scanner"
	"yuexin/shared/sync/audit"
)

var update = flag.Bool("update", false, "write the receipts in testdata anew: bytes and pictures")

func profile(t testing.TB, name string) escpos.Profile {
	t.Helper()
	p, err := device.PrinterProfile(assets.Folder("devices"), name)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// handIn registers a demand on a stage and returns what is printed.
func handIn(t *testing.T, s *flowtest.Stage, p *flowtest.Press) flow.Paper {
	t.Helper()
	token, err := s.Token(s.Door["富溪村三组12号"])
	if err != nil {
		t.Fatal(err)
	}
	f := s.Flow
	f.Scan(token)
	f.AcceptPlace()
	f.Choose(flow.Demand)
	answers := map[string]string{
		"asked": "5万", "purpose": "planting", "term_months": "12", "applicant_name": "陈秀英", "contact": "own", "phone": "13800138000", "agree": "yes",
	}
	for f.Route() == flow.Question {
		if text, ok := answers[f.Page().Path]; ok {
			f.Type(text)
		}
		if err := f.Next(); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.HandIn(); err != nil {
		t.Fatal(err)
	}
	return p.Papers[len(p.Papers)-1]
}

// paperOf is a real receipt of the made-up village.
func paperOf(t *testing.T, english, large bool, times int) flow.Paper {
	t.Helper()
	s, err := flowtest.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	press := s.Connect()
	if english {
		s.Flow.SwitchLanguage()
	}
	s.Flow.SetLarge(large)
	p := handIn(t, s, press)
	for range times - 1 {
		press.Report(flow.Printing{Phase: flow.Torn})
		s.Flow.Print()
		p = press.Papers[len(press.Papers)-1]
	}
	return p
}

// TestReceipts holds receipts to the bytes and the picture in testdata, and reads the code from the picture. Look at the
// pictures after a change:
//
//	go test ./kiosk/device -run TestReceipts -update
func TestReceipts(t *testing.T) {
	tests := []struct {
		name, profile  string
		english, large bool
		times          int
	}{
		{"zh-80mm", "80mm", false, false, 1},
		{"zh-80mm-large", "80mm", false, true, 1},
		{"zh-80mm-again", "80mm", false, false, 2},
		{"zh-58mm", "58mm", false, false, 1},
		{"zh-58mm-large", "58mm-plain", false, true, 1},
		{"zh-58mm-drawn", "58mm-no-chinese", false, false, 1},
		{"en-80mm", "80mm", true, false, 1},
		{"en-58mm-large", "58mm", true, true, 2},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			paper := paperOf(t, tt.english, tt.large, tt.times)
			job, err := device.Receipt(paper).Compose(profile(t, tt.profile))
			if err != nil {
				t.Fatal(err)
			}
			v := virtual.New(profile(t, tt.profile))
			v.Write(job)
			out := v.Tear()
			if len(out.Wrong) > 0 {
				t.Errorf("the printer does not understand: %q", out.Wrong)
			}
			if got, err := scanner.Image(out.Image()); err != nil || got != paper.Code {
				t.Errorf("the code says %q, %v; want %q", got, err, paper.Code)
			} else if n, _, err := receipt.ParseText(got); err != nil || n != paper.Number {
				t.Errorf("the code gives %q, %v", n, err)
			}
			golden(t, "receipt-"+tt.name, job, out.Image())
		})
	}
}

func golden(t *testing.T, name string, job []byte, img *image.Gray) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		var picture bytes.Buffer
		if err := png.Encode(&picture, img); err != nil {
			t.Fatal(err)
		}
		for ending, data := range map[string][]byte{".bin": job, ".png": picture.Bytes()} {
			if err := os.WriteFile(path+ending, data, 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	want, err := os.ReadFile(path + ".bin")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(job, want) {
		t.Errorf("%s.bin is not what is printed: run with -update and look at %s.png", path, path)
	}
	file, err := os.Open(path + ".png")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	seen, err := png.Decode(file)
	if err != nil {
		t.Fatal(err)
	}
	if gray, ok := seen.(*image.Gray); !ok || !bytes.Equal(gray.Pix, img.Pix) {
		t.Errorf("%s.png does not show %s.bin", path, path)
	}
}

// desk is a press with a simulated printer; what it is told runs at once.
type desk struct {
	*device.Press
	printer *device.SimPrinter
	notes   []string
	full    bool
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	copies, err := device.OpenCopies(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	d := &desk{printer: device.NewSimPrinter(profile(t, "80mm"))}
	d.Press = &device.Press{
		Printer: d.printer, Copies: copies, OnUI: func(f func()) { f() }, Log: slog.New(slog.DiscardHandler),
		Note: func(e audit.Entry) error {
			if d.full {
				return fault.New(fault.Exhausted, "store.full")
			}
			d.notes = append(d.notes, strings.TrimSpace(string(e.Deed)+" "+e.What+" "+e.About+" "+e.Reason))
			return nil
		},
	}
	d.Open(t.Context())
	return d
}

// print prints a receipt to its end.
func (d *desk) print(t *testing.T, n receipt.Number) (int, flow.Printing) {
	t.Helper()
	times, err := d.Copy(n, ident.Record{})
	if err != nil {
		t.Fatal(err)
	}
	var last flow.Printing
	d.Print(flow.Paper{Title: "回执", Number: n}, func(p flow.Printing) { last = p })
	d.Close()
	return times, last
}

// TestPressCountsAndNotes: each print is in the audit log before it begins; one of which nothing came out is not counted, one
// of which a part may have come out is.
func TestPressCountsAndNotes(t *testing.T) {
	d, n := newDesk(t), receipt.Number("004210007035")
	steps := []struct {
		state virtual.State
		times int
		phase flow.Phase
		key   string
	}{
		{virtual.State{}, 1, flow.Unprinted, "printer.paper"},
		{virtual.State{Dots: virtual.Plenty, Cover: true}, 1, flow.Unprinted, "printer.cover"},
		{virtual.State{Dots: 20}, 1, flow.Torn, "printer.paper"},
		{virtual.State{Dots: virtual.Plenty}, 2, flow.Printed, ""},
		{virtual.State{Dots: virtual.Plenty}, 3, flow.Printed, ""},
	}
	for i, step := range steps {
		d.printer.Set(func(s *virtual.State) { *s = step.state })
		times, p := d.print(t, n)
		key := ""
		if p.Fault != nil {
			key = fault.From(p.Fault).Key
		}
		if times != step.times || p.Phase != step.phase || key != step.key {
			t.Errorf("step %d: print %d, %+v", i, times, p)
		}
		if got := d.HasPaper(); got != (step.key == "") {
			t.Errorf("step %d: paper %v", i, got)
		}
	}
	want := []string{
		"print kiosk.receipt 004210007035 1", "print kiosk.receipt.ended 004210007035 unprinted",
		"print kiosk.receipt 004210007035 1", "print kiosk.receipt.ended 004210007035 unprinted",
		"print kiosk.receipt 004210007035 1", "print kiosk.receipt.ended 004210007035 partial",
		"print kiosk.receipt 004210007035 2", "print kiosk.receipt 004210007035 3",
	}
	if diff := cmp.Diff(want, d.notes); diff != "" {
		t.Error(diff)
	}
}

// TestWhatCannotBeNotedIsNotCounted: without an entry nothing is printed, and the next is still the first.
func TestWhatCannotBeNotedIsNotCounted(t *testing.T) {
	d, n := newDesk(t), receipt.Number("004210007035")
	d.full = true
	if _, err := d.Copy(n, ident.Record{}); !fault.Is(err, fault.Exhausted) {
		t.Errorf("%v", err)
	}
	d.full = false
	if times, _ := d.print(t, n); times != 1 {
		t.Errorf("print %d", times)
	}
}

func TestPressGivesUp(t *testing.T) {
	d := newDesk(t)
	d.Printer = waits{}
	begun := make(chan flow.Printing, 1)
	d.Print(flow.Paper{Title: "回执"}, func(p flow.Printing) { begun <- p })()
	d.Close()
	if p := <-begun; p.Phase != flow.Torn || p.Fault != nil {
		t.Errorf("%+v", p)
	}
	if !d.HasPaper() {
		t.Error("giving up counts as trouble of the printer")
	}
}

// waits is a printer that prints until it is given up.
type waits struct{ device.Printer }

func (waits) Print(ctx context.Context, _ *escpos.Sheet, _ func(int, int)) (escpos.Outcome, error) {
	<-ctx.Done()
	return escpos.Partial, ctx.Err()
}

// TestCopiesSurvive: a count is on the disk before anything is printed, and outlives the program.
func TestCopiesSurvive(t *testing.T) {
	dir := t.TempDir()
	var got []int
	for range 3 { // each is a start of the program
		c, err := device.OpenCopies(dir)
		if err != nil {
			t.Fatal(err)
		}
		times, err := c.Take("004210007035", true)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, times)
	}
	if !slices.Equal(got, []int{1, 2, 3}) {
		t.Errorf("%v", got)
	}
	c, err := device.OpenCopies(dir)
	if err != nil {
		t.Fatal(err)
	}
	if times, err := c.Take("004210008031", false); err != nil || times != 2 {
		t.Errorf("of an old receipt: %d, %v", times, err)
	}
	if err := os.WriteFile(filepath.Join(dir, "prints.json"), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := device.OpenCopies(dir); err == nil {
		t.Error("a damaged file was read")
	}
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Take("004210009037", true); err == nil || errors.Is(err, context.Canceled) {
		t.Errorf("without a disk: %v", err)
	}
}
