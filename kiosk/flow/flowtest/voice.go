// SPDX-License-Identifier: Apache-2.0

package flowtest

import (
	"strings"

	"yuexin/shared/i18n"
	"yuexin/shared/voice"
)

// Voice is a speaker on stage: it keeps what it is to say.
type Voice struct {
	Saying  []voice.Piece // what is being said; nil after Stop
	Said    []string      // everything that was said, a line each
	Tongue  i18n.Tongue
	Volume  int
	Stopped int
	Fault   error
}

// Speak gives the kiosk a voice.
func (s *Stage) Speak() *Voice {
	v := &Voice{}
	s.World.Voice, s.Flow.Voice = v, v
	return v
}

// Say implements flow.Voice.
func (v *Voice) Say(t i18n.Tongue, pieces []voice.Piece, volume int) {
	v.Saying, v.Tongue, v.Volume = pieces, t, volume
	v.Said = append(v.Said, v.Text())
}

// Stop implements flow.Voice.
func (v *Voice) Stop() { v.Saying, v.Stopped = nil, v.Stopped+1 }

// Silent implements flow.Voice.
func (v *Voice) Silent(i18n.Tongue) error { return v.Fault }

// Text returns what is being said.
func (v *Voice) Text() string {
	var out strings.Builder
	for _, p := range v.Saying {
		out.WriteString(p.Text)
	}
	return out.String()
}
