// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/app"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"

	"yuexin/kiosk/flow"
	"yuexin/kiosk/flow/flowtest"
	"yuexin/kiosk/screen"
	"yuexin/shared/typing"
	"yuexin/shared/uikit"
)

// benchWindow says which window a process of the benchmark opens, and benchBegan when it was started (ns since 1970).
const (
	benchWindow = "YUEXIN_BENCH_WINDOW"
	benchBegan  = "YUEXIN_BENCH_BEGAN"
)

func TestMain(m *testing.M) {
	if what := os.Getenv(benchWindow); what != "" {
		if err := measureWindow(what); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// window is what one window costs.
type window struct {
	StartMS   float64 // from the start of the process to its first frame
	ChangeMS  float64 // from a touch to the frame with the next screen
	StartCPU  float64 // ms of the processors for the start, the software renderer's threads included
	ChangeCPU float64 // and for a change: what another program on the machine takes is not in it
	HeapMB    float64 // Go's heap after all of it
	RSSMB     float64 // of the process, the driver's software renderer included
}

// changesMeasured is how many changes of screen are timed.
const changesMeasured = 24

// BenchmarkWindow measures the kiosk's window beside an empty one of Fyne of the same size, each in a process of its own, on
// the display there is or on one of its own: time to the first frame, time of a change of screen, memory. The targets are at
// most one and a half times the empty window, and a first frame within 1.5 s.
func BenchmarkWindow(b *testing.B) {
	display := benchDisplay(b)
	var empty, kiosk window
	for b.Loop() {
		empty.add(measured(b, display, "empty"))
		kiosk.add(measured(b, display, "kiosk"))
	}
	n := float64(b.N)
	for name, of := range map[string]func(window) float64{
		"ms/start": func(w window) float64 { return w.StartMS }, "ms/change": func(w window) float64 { return w.ChangeMS },
		"cpu-ms/start": func(w window) float64 { return w.StartCPU }, "cpu-ms/change": func(w window) float64 { return w.ChangeCPU },
		"MB/heap": func(w window) float64 { return w.HeapMB }, "MB/process": func(w window) float64 { return w.RSSMB },
	} {
		b.ReportMetric(of(kiosk)/n, name)
		b.ReportMetric(of(empty)/n, name+"-empty")
	}
	b.ReportMetric(kiosk.StartMS/empty.StartMS, "×start")
	b.ReportMetric(kiosk.ChangeMS/empty.ChangeMS, "×change")
	b.ReportMetric(kiosk.RSSMB/empty.RSSMB, "×process")
	b.ReportMetric(0, "ns/op") // says nothing here
}

func (w *window) add(o window) {
	w.StartMS, w.ChangeMS, w.HeapMB, w.RSSMB = w.StartMS+o.StartMS, w.ChangeMS+o.ChangeMS, w.HeapMB+o.HeapMB, w.RSSMB+o.RSSMB
	w.StartCPU, w.ChangeCPU = w.StartCPU+o.StartCPU, w.ChangeCPU+o.ChangeCPU
}

// benchDisplay returns the display there is, or starts one.
func benchDisplay(b *testing.B) string {
	b.Helper()
	if there := os.Getenv("DISPLAY"); there != "" {
		return there
	}
	read, write, err := os.Pipe()
	if err != nil {
		b.Fatal(err)
	}
	defer read.Close()
	cmd := exec.Command("Xvfb", "-displayfd", "3", "-screen", "0", "1080x1920x24", "-nolisten", "tcp", "-noreset")
	cmd.ExtraFiles = []*os.File{write}
	if err := cmd.Start(); err != nil {
		b.Fatalf("no display, and no Xvfb (apt package xvfb): %v", err)
	}
	write.Close()
	b.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait() // it was killed
	})
	line, err := bufio.NewReader(read).ReadString('\n')
	if err != nil {
		b.Fatal(err)
	}
	return ":" + strings.TrimSpace(line)
}

// measured opens a window in a process of its own.
func measured(b *testing.B, display, what string) (w window) {
	b.Helper()
	home := b.TempDir()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "DISPLAY="+display, "HOME="+home, "XDG_RUNTIME_DIR="+home, "LANG=C.UTF-8", "LC_ALL=C.UTF-8",
		benchWindow+"="+what, benchBegan+"="+strconv.FormatInt(time.Now().UnixNano(), 10))
	var said strings.Builder
	cmd.Stderr = &said
	out, err := cmd.Output()
	if err == nil {
		err = json.Unmarshal(out[max(0, slices.Index(out, '{')):], &w)
	}
	if err != nil {
		b.Fatalf("%s window: %v\n%s%s", what, err, out, said.String())
	}
	return w
}

// measureWindow opens a window, measures, prints and ends.
func measureWindow(what string) error {
	ns, err := strconv.ParseInt(os.Getenv(benchBegan), 10, 64)
	if err != nil {
		return err
	}
	f := newFrames()
	var ui fyne.App
	var change func(i int)
	var w fyne.Window
	if what == "empty" {
		ui, w, change = emptyWindow(f)
	} else if ui, w, change, err = kioskWindow(f); err != nil {
		return err
	}
	go func() {
		var out window
		out.StartMS = ms((<-f.drawn).Sub(time.Unix(0, ns)))
		out.StartCPU = cpu()
		for i := range changesMeasured {
			out.ChangeMS += ms(f.after(func() { change(i) })) / changesMeasured
		}
		out.ChangeCPU = (cpu() - out.StartCPU) / changesMeasured
		out.HeapMB, out.RSSMB = memory()
		text, _ := json.Marshal(out) // four numbers
		fmt.Println(string(text))
		fyne.Do(ui.Quit)
	}()
	w.ShowAndRun()
	return nil
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// cpu returns how long the processors have worked for this process, in ms.
func cpu() float64 {
	var r syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &r); err != nil {
		return 0
	}
	return ms(time.Duration(r.Utime.Nano() + r.Stime.Nano()))
}

// emptyWindow is what Fyne needs for nothing: a change paints the whole window in another grey.
func emptyWindow(f *frames) (fyne.App, fyne.Window, func(int)) {
	_ = os.Setenv("FYNE_SCALE", "1") // cannot fail: no NUL, no "="
	ui := app.NewWithID("cn.yuexin.bench")
	w := ui.NewWindow("empty")
	w.SetPadded(false)
	ground := canvas.NewRectangle(color.Black)
	w.SetContent(f.over(ground))
	w.Resize(fyne.NewSize(uikit.PanelWidth, uikit.PanelHeight))
	return ui, w, func(i int) {
		ground.FillColor = color.Gray{Y: uint8(0x80 + i)}
		ground.Refresh()
	}
}

// kioskWindow is the kiosk over the made-up villages, opened as the program does.
func kioskWindow(f *frames) (fyne.App, fyne.Window, func(int), error) {
	go typing.Load() // as the program does
	ui, err := uikit.StartPanel("cn.yuexin.bench", uikit.Guest)
	if err != nil {
		return nil, nil, nil, err
	}
	kit, err := typing.Load()
	if err != nil {
		return nil, nil, nil, err
	}
	var k *screen.Kiosk
	stage, err := flowtest.New(func() {
		if k != nil {
			k.Show()
		}
	})
	if err != nil {
		return nil, nil, nil, err
	}
	k = screen.New(stage.Flow, kit, nil)
	w := uikit.OpenPanel(ui, "kiosk", f.over(k.Content()), uikit.Guest)
	k.Attach(w, time.Now)
	ways := []func(){
		func() { stage.Flow.Choose(flow.Demand) }, func() { stage.Flow.Open(flow.Code) }, stage.Flow.Back, stage.Flow.Back,
		func() { stage.Flow.Open(flow.Ask) }, stage.Flow.Clear, func() { stage.Flow.Open(flow.Staff) }, stage.Flow.Clear,
	}
	return ui, w, func(i int) { ways[i%len(ways)]() }, nil
}

// frames notices when the window is painted: it is asked for a point of it each time.
type frames struct {
	drawn chan time.Time
	probe *canvas.Raster
}

func newFrames() *frames {
	f := &frames{drawn: make(chan time.Time, 1)}
	f.probe = canvas.NewRaster(func(w, h int) image.Image {
		select {
		case f.drawn <- time.Now():
		default:
		}
		return image.NewNRGBA(image.Rect(0, 0, max(1, w), max(1, h)))
	})
	return f
}

// over lays the point over a content.
func (f *frames) over(content fyne.CanvasObject) fyne.CanvasObject {
	f.probe.Resize(fyne.NewSize(1, 1))
	return container.NewStack(content, container.NewWithoutLayout(f.probe))
}

// after changes something and returns how long it takes until that is painted.
func (f *frames) after(change func()) time.Duration {
	for len(f.drawn) > 0 {
		<-f.drawn
	}
	began := time.Now()
	fyne.DoAndWait(func() {
		change()
		f.probe.Refresh()
	})
	return (<-f.drawn).Sub(began)
}

// memory returns Go's heap and what the process has of the machine's memory, in MB; 0 where nobody counts that.
func memory() (heap, process float64) {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	status, err := os.ReadFile(filepath.Join("/proc", "self", "status"))
	if err == nil {
		for line := range strings.Lines(string(status)) {
			if kb, ok := strings.CutPrefix(line, "VmRSS:"); ok {
				n, _ := strconv.ParseFloat(strings.Fields(kb)[0], 64) // 0 where it is none
				process = n / 1024
			}
		}
	}
	return float64(m.HeapAlloc) / (1 << 20), process
}
