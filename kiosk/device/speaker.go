// SPDX-License-Identifier: Apache-2.0

package device

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"os/exec"
	"strings"

	"yuexin/shared/fault"
)

// Speaker plays sounds.
type Speaker interface {
	// Check says why nothing can be heard, nil where as far as is known it can.
	Check(ctx context.Context) error
	// Play plays a WAV file to its end.
	Play(ctx context.Context, wav []byte) error
}

var (
	_ Speaker = (*PlayerSpeaker)(nil)
	_ Speaker = (*SimSpeaker)(nil)
)

// AutoPlayer lets the program be found.
const AutoPlayer = "auto"

// players are the programs that play a WAV file, the one of the sound server first.
var players = []string{"paplay", "pw-play", "aplay"}

// PlayerSpeaker plays through a program of the machine, found when something is played.
type PlayerSpeaker struct {
	Player string // a program that takes the path of a WAV file; AutoPlayer or "" for one of ours
}

// find returns the program.
func (s *PlayerSpeaker) find() (string, error) {
	names := []string{s.Player}
	if s.Player == "" || s.Player == AutoPlayer {
		names = players
	}
	for _, name := range names {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", fault.New(fault.NotFound, "speaker.player").With("player", strings.Join(names, ", "))
}

// Check implements Speaker: NotFound "speaker.player" where there is no program.
func (s *PlayerSpeaker) Check(context.Context) error {
	_, err := s.find()
	return err
}

// Play implements Speaker: the fault of Check, and Unavailable "speaker.failed" where the program fails.
func (s *PlayerSpeaker) Play(ctx context.Context, wav []byte) error {
	program, err := s.find()
	if err != nil {
		return err
	}
	f, err := os.CreateTemp("", "kiosk-*.wav")
	if err != nil {
		return fmt.Errorf("keep a sound: %w", err)
	}
	defer os.Remove(f.Name())
	_, err = f.Write(wav)
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return fmt.Errorf("keep a sound: %w", err)
	}
	said, err := exec.CommandContext(ctx, program, f.Name()).CombinedOutput()
	if err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return fault.New(fault.Unavailable, "speaker.failed").WithCause(fmt.Errorf("%s: %w: %s", program, err, bytes.TrimSpace(said)))
	}
	return nil
}

// sampleRate is how many samples a second a Tone has.
const sampleRate = 16_000

// Tone returns a WAV file of a sound at so many hertz for so many milliseconds, at a third of the loudest: 16 bits, one channel.
func Tone(hertz, ms int) []byte {
	n := sampleRate * ms / 1000
	var out bytes.Buffer
	write := func(values ...any) {
		for _, v := range values {
			_ = binary.Write(&out, binary.LittleEndian, v) // a buffer takes everything of a fixed size
		}
	}
	out.WriteString("RIFF")
	write(uint32(36 + 2*n))
	out.WriteString("WAVEfmt ")
	write(uint32(16), uint16(1), uint16(1), uint32(sampleRate), uint32(2*sampleRate), uint16(2), uint16(16))
	out.WriteString("data")
	write(uint32(2 * n))
	for i := range n {
		write(int16(math.MaxInt16 / 3 * math.Sin(2*math.Pi*float64(hertz)*float64(i)/sampleRate)))
	}
	return out.Bytes()
}

// SimSpeaker keeps what it is given to play.
type SimSpeaker struct {
	Played [][]byte
	Fault  error
}

// Check implements Speaker.
func (s *SimSpeaker) Check(context.Context) error { return s.Fault }

// Play implements Speaker.
func (s *SimSpeaker) Play(_ context.Context, wav []byte) error {
	if s.Fault == nil {
		s.Played = append(s.Played, wav)
	}
	return s.Fault
}
