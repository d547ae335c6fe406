// SPDX-License-Identifier: Apache-2.0

// Package modes says how a kiosk treats whoever stands there: how long it waits in each mode, whether it speaks by itself,
// and how it greets the next one. All of it is versioned data that a county changes.
package modes

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"time"

	"yuexin/shared/i18n"
)

// Mode is what depends on whether 关怀版 is on.
type Mode struct {
	PatienceS  int64 `json:"patience_s"`  // seconds without a touch before the countdown
	CountdownS int64 `json:"countdown_s"` // seconds of the countdown
	Speaks     bool  `json:"speaks"`      // each screen says by itself what it asks
}

// Patience is how long nobody may touch the screen before the kiosk asks whether somebody is there.
func (m Mode) Patience() time.Duration { return time.Duration(m.PatienceS) * time.Second }

// Countdown is how long it asks before it forgets the visit.
func (m Mode) Countdown() time.Duration { return time.Duration(m.CountdownS) * time.Second }

// Manner is how the kiosk speaks to one person; they may change all of it.
type Manner struct {
	Elder  bool        `json:"elder"`  // 关怀版
	Tongue i18n.Tongue `json:"tongue"` // spoken, and with it what is written
	Volume int         `json:"volume"` // 0, silent, to Loudest
}

// Loudest is the highest volume.
const Loudest = 4

// Check says what is wrong with a manner.
func (m Manner) Check() error {
	switch {
	case !slices.Contains(i18n.Tongues(), m.Tongue):
		return fmt.Errorf("there is no tongue %q; there are %v", m.Tongue, i18n.Tongues())
	case m.Volume < 0 || m.Volume > Loudest:
		return fmt.Errorf("volume %d is not from 0 to %d", m.Volume, Loudest)
	}
	return nil
}

// Policy is one published version.
type Policy struct {
	Edition uint32 `json:"version"`
	Normal  Mode   `json:"normal"`
	Elder   Mode   `json:"elder"`

	// Greeting is how the kiosk stands there for the next person, where the machine says nothing else.
	Greeting Manner `json:"greeting"`
}

// The bounds of times, in seconds: who is asked sooner has no time to read, and who is never asked leaves their data behind.
const (
	leastPatience, mostPatience   = 30, 600
	leastCountdown, mostCountdown = 20, 120 // at least 20 s to react: WCAG 2.2.1
)

// leastElderPatience is how many seconds 关怀版 waits at least.
const leastElderPatience = 180

// Version is the number of this edition of the policy.
func (p *Policy) Version() uint32 { return p.Edition }

// Of returns the mode that is on.
func (p *Policy) Of(elder bool) Mode {
	if elder {
		return p.Elder
	}
	return p.Normal
}

// Parse reads a policy from its JSON form and checks it.
func Parse(r io.Reader) (*Policy, error) {
	p := new(Policy)
	dec := json.NewDecoder(r)
	dec.DisallowUnknownFields()
	if err := dec.Decode(p); err != nil {
		return nil, fmt.Errorf("read modes: %w", err)
	}
	if p.Edition == 0 {
		return nil, fmt.Errorf("modes: version is missing")
	}
	for name, m := range map[string]Mode{"normal": p.Normal, "elder": p.Elder} {
		if m.PatienceS < leastPatience || m.PatienceS > mostPatience || m.CountdownS < leastCountdown || m.CountdownS > mostCountdown {
			return nil, fmt.Errorf("modes version %d: %s: a time is out of range", p.Edition, name)
		}
	}
	if p.Elder.PatienceS < leastElderPatience {
		return nil, fmt.Errorf("modes version %d: elder: waits %d s, less than %d", p.Edition, p.Elder.PatienceS, leastElderPatience)
	}
	if err := p.Greeting.Check(); err != nil {
		return nil, fmt.Errorf("modes version %d: greeting: %w", p.Edition, err)
	}
	return p, nil
}
