// SPDX-License-Identifier: Apache-2.0

package device_test

import (
	"context"
	"encoding/binary"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"yuexin/assets"
	"yuexin/kiosk/device"
	"yuexin/shared/fault"
	"yuexin/shared/i18n"
	"yuexin/shared/money"
	"yuexin/shared/voice"
)

// hall is a speaker whose sounds end when the test says so, or when they are ended; it notes two at once.
type hall struct {
	began  chan []byte // a sound that has begun
	finish chan struct{}

	mu      sync.Mutex
	playing int
	most    int
	ended   int // before their end
}

func newHall() *hall { return &hall{began: make(chan []byte, 16), finish: make(chan struct{}, 16)} }

func (h *hall) Check(context.Context) error { return nil }

func (h *hall) Play(ctx context.Context, wav []byte) error {
	h.mu.Lock()
	h.playing++
	h.most = max(h.most, h.playing)
	h.mu.Unlock()
	defer func() { h.mu.Lock(); h.playing--; h.mu.Unlock() }()
	h.began <- wav
	select {
	case <-h.finish:
		return nil
	case <-ctx.Done():
		h.mu.Lock()
		h.ended++
		h.mu.Unlock()
		return ctx.Err()
	}
}

// reader is a synthesizer that notes what it reads, and says it with samples of its own.
type reader struct {
	mu   sync.Mutex
	read []string
	err  error
}

func (r *reader) Check() error { return r.err }

func (r *reader) Speak(_ context.Context, t i18n.Tongue, text string) ([]byte, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.read = append(r.read, string(t)+" "+text)
	return wavOf(1000, 1000, 1000), nil
}

// wavOf returns a WAV file of samples as recordings have them.
func wavOf(samples ...int16) []byte {
	tone := device.Tone(440, 1)
	out := slices.Clone(tone[:44])
	binary.LittleEndian.PutUint32(out[40:], 0x7ffff000) // as a program writes that does not know the length
	out, _ = binary.Append(out, binary.LittleEndian, samples)
	return out
}

func samplesOf(wav []byte) (out []int16) {
	for i := 44; i+1 < len(wav); i += 2 {
		out = append(out, int16(binary.LittleEndian.Uint16(wav[i:])))
	}
	return out
}

func newVoice(t *testing.T, h device.Speaker, s device.Synth, clips fstest.MapFS) *device.Voice {
	t.Helper()
	book, err := voice.Load(assets.Folder("voice"))
	if err != nil {
		t.Fatal(err)
	}
	v := &device.Voice{Speaker: h, Synth: s, Clips: clips, Book: book, Log: slog.New(slog.DiscardHandler)}
	v.Open(t.Context())
	return v
}

func amount(t *testing.T, v *device.Voice) []voice.Piece {
	t.Helper()
	pieces, err := v.Book.Pieces(i18n.Mandarin, voice.Say("answer.amount").With("amount", voice.Amount(money.Fen(3_500_000))))
	if err != nil {
		t.Fatal(err)
	}
	return pieces
}

// TestRecordingsWin: what is recorded is played, in order with what is read, as one sound as loud as the volume.
func TestRecordingsWin(t *testing.T) {
	h, r := newHall(), &reader{}
	v := newVoice(t, h, r, fstest.MapFS{
		"zh-Hans/n-wan.wav": {Data: wavOf(20000, 20000)}, "zh-Hans/n-yuan.wav": {Data: wavOf(-20000)}, "yue/n-5.wav": {Data: wavOf(7)},
	})
	v.Say(i18n.Mandarin, amount(t, v), 2)
	got := samplesOf(<-h.began)
	h.finish <- struct{}{}
	v.Close()
	if want := []int16{400, 400, 400, 8000, 8000, 400, 400, 400, -8000}; !slices.Equal(got, want) {
		t.Errorf("the sound is %v, want %v", got, want)
	}
	if want := []string{"zh-Hans 您填的是三", "zh-Hans 五千"}; !slices.Equal(r.read, want) {
		t.Errorf("read %q, want %q", r.read, want)
	}
}

// TestOneVoiceAtATime: a new sound ends the one before, and Stop the last.
func TestOneVoiceAtATime(t *testing.T) {
	h := newHall()
	v := newVoice(t, h, &reader{}, nil)
	for range 3 {
		v.Say(i18n.Mandarin, amount(t, v), 3)
		<-h.began
	}
	v.Stop()
	v.Close()
	if h.ended != 3 || h.playing != 0 {
		t.Errorf("%d were ended, %d go on", h.ended, h.playing)
	}
	v.Stop() // nothing
}

// TestPlayerPlaysOneAtATime: the test tone waits for what is read, and a sound that nobody waits for any more is not played.
func TestPlayerPlaysOneAtATime(t *testing.T) {
	dir := t.TempDir()
	player, log := filepath.Join(dir, "player"), filepath.Join(dir, "log")
	script := "#!/bin/sh\necho begin >>" + log + "\nwc -c <\"$1\" >/dev/null\necho end >>" + log + "\n"
	if err := os.WriteFile(player, []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	s := &device.PlayerSpeaker{Player: player}
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			if err := s.Play(t.Context(), device.Tone(440, 10)); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Play(gone, device.Tone(440, 10)); !errors.Is(err, context.Canceled) {
		t.Errorf("nobody waits: %v", err)
	}
	if got, err := os.ReadFile(log); err != nil || string(got) != strings.Repeat("begin\nend\n", 4) {
		t.Errorf("%v: %s", err, got)
	}
}

// TestSoundsAreNeverOnDisk: a player is given memory, not a file that could be found later.
func TestSoundsAreNeverOnDisk(t *testing.T) {
	dir, tmp := t.TempDir(), t.TempDir()
	t.Setenv("TMPDIR", tmp)
	player, log := filepath.Join(dir, "player"), filepath.Join(dir, "log")
	if err := os.WriteFile(player, []byte("#!/bin/sh\nreadlink \"$1\" >"+log+"; ls "+tmp+" >>"+log+"\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := (&device.PlayerSpeaker{Player: player}).Play(t.Context(), device.Tone(440, 10)); err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(log); err != nil || !strings.HasPrefix(string(got), "/memfd:") || strings.Count(string(got), "\n") != 1 {
		t.Errorf("the player saw %q, %v", got, err)
	}
}

// TestEspeakIsTold: the text comes at the input, never as an argument that a list of programs shows, in the tongue's voice.
func TestEspeakIsTold(t *testing.T) {
	dir := t.TempDir()
	log := filepath.Join(dir, "log")
	script := "#!/bin/sh\necho \"$@\" >" + log + "\ncat >>" + log + "\nprintf sound\n"
	if err := os.WriteFile(filepath.Join(dir, "espeak-ng"), []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir+":"+os.Getenv("PATH"))
	e := device.Espeak{}
	if err := e.Check(); err != nil {
		t.Fatal(err)
	}
	out, err := e.Speak(t.Context(), i18n.Cantonese, "你填嘅系三万五千元")
	if err != nil || string(out) != "sound" {
		t.Errorf("%q, %v", out, err)
	}
	if got, err := os.ReadFile(log); err != nil || string(got) != "-v yue -s 150 --stdin --stdout\n你填嘅系三万五千元" {
		t.Errorf("it was told %q, %v", got, err)
	}
	t.Setenv("PATH", t.TempDir())
	if err := e.Check(); fault.From(err).Key != "voice.synth" {
		t.Errorf("not installed: %v", err)
	}
}

// TestSilent: who installs the machine is told why nothing is heard, and how much is missing.
func TestSilent(t *testing.T) {
	missing := &reader{err: fault.New(fault.NotFound, "voice.synth")}
	v := newVoice(t, newHall(), missing, fstest.MapFS{})
	if err := v.Silent(i18n.Mandarin); fault.From(err).Key != "voice.synth" || fault.From(err).Args["n"] == "0" {
		t.Errorf("neither synthesizer nor clips: %v", err)
	}
	if err := v.Try(t.Context(), i18n.Mandarin, amount(t, v)); err != nil {
		t.Errorf("nothing to say is no fault: %v", err)
	}
	v = newVoice(t, newHall(), missing, fstest.MapFS{"zh-Hans/sound.test.wav": {Data: wavOf(1)}})
	if err := v.Silent(i18n.Mandarin); err != nil {
		t.Errorf("with a recording: %v", err)
	}
	if err := v.Silent(i18n.Cantonese); fault.From(err).Key != "voice.synth" {
		t.Errorf("in the other tongue: %v", err)
	}
	v = newVoice(t, nil, &reader{}, nil)
	if err := v.Silent(i18n.Mandarin); fault.From(err).Key != "kiosk.sound.none" {
		t.Errorf("without a speaker: %v", err)
	}
	v.Say(i18n.Mandarin, amount(t, v), 3) // and nothing happens
	v.Close()
	v = newVoice(t, newHall(), &reader{}, fstest.MapFS{"zh-Hans/n-3.wav": {Data: []byte("RIFF of something else")}})
	if err := v.Try(t.Context(), i18n.Mandarin, amount(t, v)); fault.From(err).Key != "voice.sound" {
		t.Errorf("a recording of another format: %v", err)
	}
}

// TestInstallerIsToldOfSilence: the page on which the machine is tested says that nothing is read, and reads where it can.
func TestInstallerIsToldOfSilence(t *testing.T) {
	synth := &device.SimSynth{Fault: fault.New(fault.NotFound, "voice.synth")}
	speaker := &device.SimSpeaker{}
	v := newVoice(t, speaker, synth, fstest.MapFS{})
	found := make(chan func(), 16)
	b := &device.Bench{Set: device.Set{Scanner: device.KeyScanner{}, Speaker: speaker}, Voice: v, OnUI: func(f func()) { found <- f }}
	b.Open(t.Context())
	finding := func(try func()) device.Finding {
		try()
		b.Close()
		for len(found) > 0 {
			(<-found)()
		}
		all := b.Findings()
		return all[slices.IndexFunc(all, func(f device.Finding) bool { return f.Kind == device.KindVoice })]
	}
	if got := finding(b.Check); got.State != device.Trouble || fault.From(got.Fault).Key != "voice.synth" {
		t.Errorf("without a synthesizer: %+v", got)
	}
	synth.Fault = nil
	if got := finding(func() { b.Read(i18n.Mandarin, amount(t, v)) }); got.State != device.Found || !got.Done || len(speaker.Played) != 1 {
		t.Errorf("with one: %+v, %d sounds", got, len(speaker.Played))
	}
}

// TestGreetingOfMachine: a machine's own greeting is read, and one that is wrong is told.
func TestGreetingOfMachine(t *testing.T) {
	dir := t.TempDir()
	write := func(text string) {
		if err := os.WriteFile(filepath.Join(dir, "devices.json"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(`{"greeting": {"elder": true, "tongue": "yue", "volume": 4}}`)
	set, err := device.OpenSet(dir)
	if err != nil || set.Greeting == nil || !set.Greeting.Elder || set.Greeting.Tongue != i18n.Cantonese {
		t.Errorf("%+v, %v", set.Greeting, err)
	}
	write(`{"greeting": {"tongue": "hak", "volume": 4}}`)
	if _, err := device.OpenSet(dir); fault.From(err).Key != "device.config" {
		t.Errorf("a tongue that there is not: %v", err)
	}
}
