// SPDX-License-Identifier: Apache-2.0

package device_test

import (
	"bytes"
	"context"
	"errors"
	"image"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"yuexin/kiosk/device"
	"yuexin/kiosk/device/escpos/virtual"
	"yuexin/shared/fault"
	"yuexin/shared/scanner"
)

// bench is a bench whose reports come when a test says so.
type bench struct {
	*device.Bench
	heard chan func()
}

func newBench(t *testing.T, set device.Set) *bench {
	t.Helper()
	b := &bench{heard: make(chan func(), 64)}
	b.Bench = &device.Bench{Set: set, OnUI: func(f func()) { b.heard <- f }}
	b.Open(t.Context())
	return b
}

// settle waits until nothing is tested any more.
func (b *bench) settle() {
	b.Close()
	for len(b.heard) > 0 {
		(<-b.heard)()
	}
}

func (b *bench) of(kind device.Kind) device.Finding {
	for _, found := range b.Findings() {
		if found.Kind == kind {
			return found
		}
	}
	return device.Finding{}
}

func TestBench(t *testing.T) {
	printer, speaker := device.NewSimPrinter(profile(t, "80mm")), &device.SimSpeaker{}
	camera := &device.SimCamera{Picture: image.NewGray(image.Rect(0, 0, 4, 4))}
	b := newBench(t, device.Set{Printer: printer, Scanner: device.KeyScanner{}, Camera: camera, Speaker: speaker})
	b.Check()
	b.settle()
	want := map[device.Kind]device.State{
		device.KindPrinter: device.Found, device.KindScanner: device.Keyboard, device.KindCamera: device.Found,
		device.KindSpeaker: device.Found, device.KindIDCards: device.Absent,
	}
	for kind, state := range want {
		if got := b.of(kind); got.State != state || got.Fault != nil || got.Done || got.Busy {
			t.Errorf("%s: %+v", kind, got)
		}
	}

	b.Print(device.TestPage{Title: "设备自检", Lines: []string{"输㘵"}, Code: "YUEXIN TEST"})
	b.Shoot()
	b.Sound()
	if !b.of(device.KindPrinter).Busy {
		t.Error("the printer is not said to be busy")
	}
	b.settle()
	for _, kind := range []device.Kind{device.KindPrinter, device.KindCamera, device.KindSpeaker} {
		if got := b.of(kind); !got.Done || got.Busy {
			t.Errorf("%s: %+v", kind, got)
		}
	}
	if got, err := scanner.Image(printer.Tear().Image()); err != nil || got != "YUEXIN TEST" {
		t.Errorf("the test page says %q, %v", got, err)
	}
	if b.Picture() != camera.Picture || len(speaker.Played) != 1 || !bytes.HasPrefix(speaker.Played[0], []byte("RIFF")) {
		t.Error("no picture, or no sound")
	}
	b.Scanned("ABC")
	if got := b.of(device.KindScanner); got.State != device.Found || b.LastScan() != "ABC" {
		t.Errorf("after a scan: %+v", got)
	}
	b.Forget()
	if b.Picture() != nil || b.LastScan() != "" {
		t.Error("what was seen and scanned is still there")
	}
}

func TestBenchTellsTroubles(t *testing.T) {
	printer := device.NewSimPrinter(profile(t, "58mm"))
	broken := fault.New(fault.Unavailable, "camera.missing").With("device", "/dev/video0")
	b := newBench(t, device.Set{Printer: printer, Scanner: &device.SimScanner{}, Camera: &device.SimCamera{Fault: broken}})
	for want, state := range map[string]virtual.State{"printer.paper": {}, "printer.silent": {Mute: true}, "printer.cover": {Cover: true}} {
		printer.Set(func(s *virtual.State) { *s = state })
		b.Check()
		b.settle()
		if got := b.of(device.KindPrinter); got.State != device.Trouble || fault.From(got.Fault).Key != want {
			t.Errorf("%s: %+v", want, got)
		}
	}
	if got := b.of(device.KindCamera); got.State != device.Trouble || !errors.Is(got.Fault, broken) {
		t.Errorf("camera: %+v", got)
	}
	if got := b.of(device.KindScanner); got.State != device.Found {
		t.Errorf("a scanner at a port: %+v", got)
	}
	if got := b.of(device.KindSpeaker); got.State != device.Absent {
		t.Errorf("no speaker: %+v", got)
	}
	b.Sound() // without one nothing happens
	b.settle()
}

func TestOpenSet(t *testing.T) {
	tests := []struct {
		name, file string
		broken     bool
		has        string
	}{
		{"no file", "", false, ""},
		{"nothing", "{}", false, ""},
		{"all", `{"printer":{"address":"/dev/usb/lp0","profile":"58mm"},"scanner":{"port":"/dev/ttyACM0"},
			"camera":{"device":"/dev/video0"},"speaker":{"player":"auto"}}`, false, "printer camera speaker"},
		{"damaged", "{", true, ""},
		{"unknown device", `{"toaster":{}}`, true, ""},
		{"unknown profile", `{"printer":{"address":"x","profile":"99mm"}}`, true, ""},
		{"no address", `{"printer":{"profile":"58mm"}}`, true, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			if tt.file != "" {
				if err := os.WriteFile(filepath.Join(dir, "devices.json"), []byte(tt.file), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			set, err := device.OpenSet(dir)
			if got := fault.Is(err, fault.Corrupt); got != tt.broken {
				t.Errorf("%v", err)
			}
			var has []string
			for name, there := range map[string]bool{"printer": set.Printer != nil, "camera": set.Camera != nil, "speaker": set.Speaker != nil} {
				if there != strings.Contains(tt.has, name) {
					has = append(has, name)
				}
			}
			if len(has) > 0 || set.Scanner == nil || set.IDCards != nil {
				t.Errorf("%v are there or not, against the file", has)
			}
		})
	}
}

// TestMissingDevices: what is named and not there says so, and what to do, and keeps nothing open.
func TestMissingDevices(t *testing.T) {
	dir := t.TempDir()
	ctx := t.Context()
	for want, check := range map[string]func(context.Context) error{
		"camera.missing":  (&device.VideoCamera{Device: filepath.Join(dir, "video0")}).Check,
		"scanner.missing": (&device.SerialScanner{Port: filepath.Join(dir, "ttyACM0")}).Check,
		"speaker.player":  (&device.PlayerSpeaker{Player: filepath.Join(dir, "player")}).Check,
	} {
		if err := check(ctx); fault.From(err).Key != want {
			t.Errorf("%s: %v", want, err)
		}
	}
	if _, err := (&device.VideoCamera{Device: filepath.Join(dir, "video0")}).Frame(ctx); fault.From(err).Key != "camera.missing" {
		t.Errorf("a picture: %v", err)
	}
	if err := (&device.SerialScanner{Port: filepath.Join(dir, "ttyACM0")}).Run(ctx, nil); fault.From(err).Key != "scanner.missing" {
		t.Errorf("scanning: %v", err)
	}
}

// TestPlayerSpeaker plays through a program that keeps what it is given.
func TestPlayerSpeaker(t *testing.T) {
	dir := t.TempDir()
	player, heard := filepath.Join(dir, "player"), filepath.Join(dir, "heard.wav")
	if err := os.WriteFile(player, []byte("#!/bin/sh\ncp \"$1\" "+heard+"\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	s := &device.PlayerSpeaker{Player: player}
	tone := device.Tone(440, 100)
	if err := s.Play(t.Context(), tone); err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(heard); err != nil || !bytes.Equal(got, tone) || len(tone) != 44+2*2205 {
		t.Errorf("the player got %d bytes, %v; want %d", len(got), err, len(tone))
	}
	if err := os.WriteFile(player, []byte("#!/bin/sh\nexit 1\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := s.Play(t.Context(), tone); fault.From(err).Key != "speaker.failed" {
		t.Errorf("a player that fails: %v", err)
	}
}

func TestSimulators(t *testing.T) {
	cards, codes := make(chan device.IDCard, 1), make(chan string, 1)
	cards <- device.IDCard{Name: "陈秀英"}
	codes <- "ABC"
	if card, err := (&device.SimIDCardReader{Cards: cards}).Read(t.Context()); err != nil || card.Name != "陈秀英" {
		t.Errorf("%+v, %v", card, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	var got string
	err := (&device.SimScanner{Codes: codes}).Run(ctx, func(text string) { got = text; cancel() })
	if got != "ABC" || !errors.Is(err, context.Canceled) {
		t.Errorf("%q, %v", got, err)
	}
	if _, err := (&device.SimIDCardReader{}).Read(ctx); !fault.Is(err, fault.NotFound) {
		t.Errorf("no card: %v", err)
	}
}
