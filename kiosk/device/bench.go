// SPDX-License-Identifier: Apache-2.0

package device

import (
	"context"
	"image"
	"sync"

	"yuexin/kiosk/device/escpos"
	"yuexin/shared/fault"
	"yuexin/shared/i18n"
	"yuexin/shared/voice"
)

// Kind is a sort of device.
type Kind string

// The sorts of devices, in the order in which an installer tests them. ".staff" behind a text key made of one is what to do
// where none is connected.
const (
	KindPrinter Kind = "printer"
	KindScanner Kind = "scanner"
	KindCamera  Kind = "camera"
	KindSpeaker Kind = "speaker"
	KindVoice   Kind = "voice"
	KindIDCards Kind = "idcard"
)

// Kinds returns all sorts of devices.
func Kinds() []Kind {
	return []Kind{KindPrinter, KindScanner, KindCamera, KindSpeaker, KindVoice, KindIDCards}
}

// State is how a device was found.
type State int

// The states.
const (
	Unknown  State = iota // not asked yet
	Absent                // none is connected, as far as devices.json says
	Found                 // it is there and nothing is wrong
	Keyboard              // a scanner that types: it is there once something was scanned
	Trouble               // Fault says what is wrong
)

// Finding is what was found of a device.
type Finding struct {
	Kind  Kind
	State State
	Fault error // of Trouble, and of Found where something will soon be wrong
	Busy  bool  // it is being tested
	Done  bool  // the last test went well
}

// Bench tests the devices of a machine for whoever installs it. Its methods return at once; they are called, and report, on one
// goroutine, that of OnUI. A test of a device that is being tested does nothing.
type Bench struct {
	Set    Set
	Config error  // why devices.json could not be read; nil if it could
	Press  *Press // takes turns with receipts; nil without a printer
	Voice  *Voice // reads aloud; nil without a speaker
	OnUI   func(func())

	ctx     context.Context
	work    sync.WaitGroup
	found   map[Kind]*Finding
	picture image.Image
	scanned string
	changed func()
}

// Open begins; ctx ends all tests. Close waits for them.
func (b *Bench) Open(ctx context.Context) {
	b.ctx, b.changed, b.found = ctx, func() {}, map[Kind]*Finding{}
	for _, kind := range Kinds() {
		b.found[kind] = &Finding{Kind: kind}
	}
}

// Close waits until nothing is tested any more.
func (b *Bench) Close() { b.work.Wait() }

// OnChange sets what is called when something was found.
func (b *Bench) OnChange(changed func()) { b.changed = changed }

// Findings returns what was found of each device, in the order of Kinds.
func (b *Bench) Findings() []Finding {
	var out []Finding
	for _, kind := range Kinds() {
		out = append(out, *b.found[kind])
	}
	return out
}

// ConfigFault returns why nothing that devices.json names is known, nil if it could be read.
func (b *Bench) ConfigFault() error { return b.Config }

// Picture returns what the camera saw last, nil before.
func (b *Bench) Picture() image.Image { return b.picture }

// LastScan returns what was scanned last, "" before.
func (b *Bench) LastScan() string { return b.scanned }

// Forget drops picture and scan: what a test showed is nobody's business afterwards.
func (b *Bench) Forget() { b.picture, b.scanned = nil, "" }

// checks are what each sort of device is asked; nil where none is connected.
func (b *Bench) checks() map[Kind]func(context.Context) error {
	out := map[Kind]func(context.Context) error{}
	if b.Set.Printer != nil {
		out[KindPrinter] = b.checkPrinter
	}
	if b.Set.Scanner != nil {
		out[KindScanner] = b.Set.Scanner.Check
	}
	if b.Set.Camera != nil {
		out[KindCamera] = b.Set.Camera.Check
	}
	if b.Set.Speaker != nil {
		out[KindSpeaker] = b.Set.Speaker.Check
	}
	if b.Voice != nil {
		out[KindVoice] = func(context.Context) error { return b.Voice.Silent(i18n.Mandarin) }
	}
	if b.Set.IDCards != nil {
		out[KindIDCards] = b.Set.IDCards.Check
	}
	return out
}

// nearEnd is what is said of a printer that is well and needs paper soon.
var nearEnd = fault.New(fault.Unavailable, "printer.near_end")

func (b *Bench) checkPrinter(ctx context.Context) error {
	return b.withPrinter(func() error {
		st, err := b.Set.Printer.Status(ctx)
		if err != nil {
			return err
		}
		if why := st.Fault(); why != nil {
			return why
		}
		if st.NearEnd {
			return nearEnd
		}
		return nil
	})
}

// withPrinter waits until no receipt is being printed.
func (b *Bench) withPrinter(f func() error) error {
	if b.Press != nil {
		b.Press.line.Lock()
		defer b.Press.line.Unlock()
	}
	return f()
}

// Check asks every device how it is.
func (b *Bench) Check() {
	checks := b.checks()
	for _, kind := range Kinds() {
		check := checks[kind]
		if check == nil {
			b.found[kind].State = Absent
			continue
		}
		b.test(kind, check, nil)
	}
	b.changed()
}

// test tries something with a device beside the screen. well, which may be nil, takes in what a test gave that went well.
func (b *Bench) test(kind Kind, try func(context.Context) error, well func()) {
	found := b.found[kind]
	if found.Busy {
		return
	}
	found.Busy, found.Done = true, false
	b.changed()
	b.work.Go(func() {
		err := try(b.ctx)
		b.OnUI(func() {
			found.Busy, found.Fault = false, err
			switch _, keyboard := b.Set.Scanner.(KeyScanner); {
			case err == nearEnd:
				found.State = Found
			case err != nil:
				found.State = Trouble
			case kind == KindScanner && keyboard:
				found.State = Keyboard
			default:
				found.State = Found
			}
			if err == nil && well != nil {
				found.Done = true
				well()
			}
			b.changed()
		})
	})
}

// TestPage is what an installer has printed; the texts are in their language.
type TestPage struct {
	Title string
	Lines []string // among them characters that the printer's own font may lack
	Code  string
}

// Print prints a test page.
func (b *Bench) Print(page TestPage) {
	if b.Set.Printer == nil {
		return
	}
	s := &escpos.Sheet{}
	s.Text(escpos.Style{Align: escpos.Centre, Bold: true, Size: 2}, page.Title)
	s.Rule()
	for _, line := range page.Lines {
		s.Text(escpos.Style{}, line)
	}
	s.QR(page.Code)
	b.test(KindPrinter, func(ctx context.Context) error {
		return b.withPrinter(func() error {
			_, err := b.Set.Printer.Print(ctx, s, nil)
			return err
		})
	}, func() {})
}

// Shoot takes a picture.
func (b *Bench) Shoot() {
	if b.Set.Camera == nil {
		return
	}
	var img image.Image
	b.test(KindCamera, func(ctx context.Context) (err error) {
		img, err = b.Set.Camera.Frame(ctx)
		return err
	}, func() { b.picture = img })
}

// The sound of a test: an a' for half a second.
const (
	testHertz = 440
	testMS    = 500
)

// Sound plays a tone.
func (b *Bench) Sound() {
	if b.Set.Speaker == nil {
		return
	}
	b.test(KindSpeaker, func(ctx context.Context) error { return b.Set.Speaker.Play(ctx, Tone(testHertz, testMS)) }, func() {})
}

// Read reads something aloud.
func (b *Bench) Read(t i18n.Tongue, pieces []voice.Piece) {
	if b.Voice == nil {
		return
	}
	b.test(KindVoice, func(ctx context.Context) error {
		if err := b.Voice.Silent(t); err != nil {
			return err
		}
		return b.Voice.Try(ctx, t, pieces)
	}, func() {})
}

// Scanned takes what a scanner read while the page is shown.
func (b *Bench) Scanned(text string) {
	b.scanned = text
	found := b.found[KindScanner]
	found.State, found.Fault, found.Done = Found, nil, true
	b.changed()
}
