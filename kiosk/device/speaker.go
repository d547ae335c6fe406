// SPDX-License-Identifier: Apache-2.0

package device

import (
	"bytes"
	"context"
	"fmt"
	"os/exec"
	"strings"
	"sync"

	"yuexin/shared/fault"
)

// Speaker plays sounds.
type Speaker interface {
	// Check says why nothing can be heard, nil where as far as is known it can.
	Check(ctx context.Context) error
	// Play plays a WAV file to its end, or to that of ctx.
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

	line sync.Mutex // one sound at a time, the others wait
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

// Play implements Speaker: the fault of Check, and Unavailable "speaker.failed" where the program fails. Two sounds are never
// heard at once; the end of ctx ends the sound.
func (s *PlayerSpeaker) Play(ctx context.Context, wav []byte) error {
	program, err := s.find()
	if err != nil {
		return err
	}
	s.line.Lock()
	defer s.line.Unlock()
	if ctx.Err() != nil { // while another sound was heard
		return ctx.Err()
	}
	cmd := exec.CommandContext(ctx, program)
	free, err := giveSound(cmd, wav)
	if err != nil {
		return err
	}
	defer free()
	if said, err := cmd.CombinedOutput(); err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return fault.New(fault.Unavailable, "speaker.failed").WithCause(fmt.Errorf("%s: %w: %s", program, err, bytes.TrimSpace(said)))
	}
	return nil
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
