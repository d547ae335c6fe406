// SPDX-License-Identifier: Apache-2.0

package screen

import "yuexin/kiosk/flow/flowtest"

// soundScenes are the page of the voice, over a question.
func soundScenes() []Prepared {
	sound := func(s *flowtest.Stage) {
		demandAt("asked")(s)
		s.Speak()
		s.Flow.OpenSound()
	}
	return []Prepared{
		{Name: "sound", Lead: sound},
		{Name: "sound-large", Lead: sound, Large: true},
		{Name: "sound-muted", Lead: func(s *flowtest.Stage) { sound(s); s.Flow.SetVolume(0) }},
		{Name: "sound-none", Lead: func(s *flowtest.Stage) { demandAt("asked")(s); s.Flow.OpenSound() }},
	}
}
