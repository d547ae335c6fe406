// SPDX-License-Identifier: Apache-2.0

package device

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"log/slog"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync"

	"yuexin/kiosk/flow"
	"yuexin/shared/credit/modes"
	"yuexin/shared/fault"
	"yuexin/shared/i18n"
	"yuexin/shared/voice"
)

var _ flow.Voice = (*Voice)(nil)

// Synth reads texts for which there is no recording.
type Synth interface {
	// Check says why it cannot, nil where it can.
	Check() error
	// Speak returns a WAV file.
	Speak(ctx context.Context, t i18n.Tongue, text string) ([]byte, error)
}

// Espeak is espeak-ng, where it is installed.
type Espeak struct{}

// espeakVoices are its names of the tongues, and a speed for people who are old, in what it takes for words a minute: three
// to three and a half characters a second in Chinese, measured with its version 1.51, where people speak four to five.
var espeakVoices = map[i18n.Tongue]struct{ name, speed string }{
	i18n.Mandarin: {"cmn", "200"}, i18n.Cantonese: {"yue", "150"}, i18n.English: {"en-gb", "150"},
}

const espeak = "espeak-ng"

// Check implements Synth: NotFound "voice.synth".
func (Espeak) Check() error {
	if _, err := exec.LookPath(espeak); err != nil {
		return fault.New(fault.NotFound, "voice.synth").WithCause(err)
	}
	return nil
}

// Speak implements Synth. The text goes to the program's input: a list of programs shows arguments to everybody.
func (Espeak) Speak(ctx context.Context, t i18n.Tongue, text string) ([]byte, error) {
	v := espeakVoices[t]
	cmd := exec.CommandContext(ctx, espeak, "-v", v.name, "-s", v.speed, "--stdin", "--stdout")
	cmd.Stdin = strings.NewReader(text)
	var out, said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &said
	if err := cmd.Run(); err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, fault.New(fault.Unavailable, "speaker.failed").WithCause(fmt.Errorf("%s: %w: %s", espeak, err, bytes.TrimSpace(said.Bytes())))
	}
	return out.Bytes(), nil
}

// SimSynth says everything as a tone.
type SimSynth struct{ Fault error }

// Check implements Synth.
func (s *SimSynth) Check() error { return s.Fault }

// Speak implements Synth.
func (s *SimSynth) Speak(context.Context, i18n.Tongue, string) ([]byte, error) {
	const hertz, ms = 440, 20
	return Tone(hertz, ms), s.Fault
}

// Voice says what the flow gives it: the recording of a piece where there is one, else its text through a synthesizer, joined
// to one sound. A new one ends the one before. Its methods return at once.
type Voice struct {
	Speaker Speaker // nil for none
	Synth   Synth   // nil for none
	Clips   fs.FS   // assets/voice
	Book    *voice.Book
	Log     *slog.Logger

	ctx    context.Context
	work   sync.WaitGroup
	mu     sync.Mutex // protects cancel
	cancel context.CancelFunc
}

// gains are how loud each volume is; ears count in ratios.
var gains = [modes.Loudest + 1]float64{0, 0.2, 0.4, 0.7, 1}

// Open begins; ctx ends everything that is said. Close waits for that.
func (v *Voice) Open(ctx context.Context) { v.ctx, v.cancel = ctx, func() {} }

// Close waits until nothing is said any more.
func (v *Voice) Close() { v.work.Wait() }

// Say implements flow.Voice.
func (v *Voice) Say(t i18n.Tongue, pieces []voice.Piece, volume int) {
	ctx := v.next()
	if v.Speaker == nil {
		return
	}
	v.work.Go(func() {
		if err := v.play(ctx, t, pieces, volume); err != nil && ctx.Err() == nil {
			v.Log.Error("speak", fault.Attr(err))
		}
	})
}

// next ends what is being said and returns the context of what is said instead.
func (v *Voice) next() context.Context {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.cancel()
	ctx, cancel := context.WithCancel(v.ctx)
	v.cancel = cancel
	return ctx
}

// Stop implements flow.Voice.
func (v *Voice) Stop() {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.cancel()
}

// Try says something and waits for its end, for whoever tests the machine.
func (v *Voice) Try(ctx context.Context, t i18n.Tongue, pieces []voice.Piece) error {
	return v.play(ctx, t, pieces, modes.Loudest)
}

func (v *Voice) play(ctx context.Context, t i18n.Tongue, pieces []voice.Piece, volume int) error {
	all, err := v.render(ctx, t, pieces)
	if err != nil || len(all) == 0 {
		return err
	}
	return v.Speaker.Play(ctx, all.louder(gains[min(max(0, volume), modes.Loudest)]).wav())
}

// render makes one sound of the pieces. What follows each other without a recording is read as one sentence; where nobody
// reads it, it is left out.
func (v *Voice) render(ctx context.Context, t i18n.Tongue, pieces []voice.Piece) (sound, error) {
	var out sound
	var text []string
	read := func() error {
		if len(text) == 0 || v.Synth == nil || v.Synth.Check() != nil {
			text = nil
			return nil
		}
		data, err := v.Synth.Speak(ctx, t, joined(t, text))
		text = nil
		if err != nil {
			return err
		}
		s, err := parseWAV(espeak, data)
		out = append(out, s...)
		return err
	}
	for _, p := range pieces {
		clip, err := v.clip(t, p)
		if err != nil {
			return nil, err
		}
		if clip == nil {
			text = append(text, p.Text)
			continue
		}
		if err := read(); err != nil {
			return nil, err
		}
		out = append(out, clip...)
	}
	return out, read()
}

// joined writes pieces behind one another as the tongue is written.
func joined(t i18n.Tongue, texts []string) string {
	if t == i18n.English {
		return strings.Join(texts, " ")
	}
	return strings.Join(texts, "")
}

// clip returns the recording of a piece, nil where there is none.
func (v *Voice) clip(t i18n.Tongue, p voice.Piece) (sound, error) {
	if p.Clip == "" {
		return nil, nil
	}
	data, err := fs.ReadFile(v.Clips, p.Path(t))
	if err != nil {
		return nil, nil // most are not recorded
	}
	return parseWAV(p.Path(t), data)
}

// Silent implements flow.Voice: NotFound "kiosk.sound.none" without a loudspeaker, what Check says of it, and NotFound
// "voice.synth" where neither a synthesizer nor a recording is there.
func (v *Voice) Silent(t i18n.Tongue) error {
	if v.Speaker == nil {
		return fault.New(fault.NotFound, "kiosk.sound.none")
	}
	if err := v.Speaker.Check(v.ctx); err != nil {
		return err
	}
	if v.Synth != nil && v.Synth.Check() == nil {
		return nil
	}
	all := v.Book.Clips(t)
	missing := v.Book.Missing(t, v.Clips)
	if len(missing) < len(all) && !slices.ContainsFunc(missing, func(p voice.Piece) bool { return p.Clip == "sound.test" }) {
		return nil
	}
	return fault.New(fault.NotFound, "voice.synth").With("n", strconv.Itoa(len(missing)))
}
