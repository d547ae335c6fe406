// SPDX-License-Identifier: Apache-2.0

package flow_test

import (
	"strings"
	"testing"
	"time"

	"yuexin/kiosk/flow"
	"yuexin/kiosk/flow/flowtest"
	"yuexin/shared/credit/modes"
	"yuexin/shared/fault"
	"yuexin/shared/i18n"
)

// TestEveryScreenHasAScript: whatever screen there is, now or later, has words for those who cannot read it.
func TestEveryScreenHasAScript(t *testing.T) {
	s := stage(t)
	book := flow.Scripts(s.World.Scripts, s.World.Book, s.World.Texts)
	for route := range flow.Screens() {
		if script, ok := book.Script("screen." + string(route)); !ok || script.Asked {
			t.Errorf("assets/voice: no script says screen.%s by itself", route)
		}
	}
}

// TestElderModeWaitsAndSpeaks: 关怀版 waits 180 s before the countdown, and says by itself what each screen asks.
func TestElderModeWaitsAndSpeaks(t *testing.T) {
	s := stage(t)
	v := s.Speak()
	s.Flow.Open(flow.Ask)
	if len(v.Said) != 0 {
		t.Errorf("in normal mode it said %q", v.Said)
	}
	s.Flow.SetLarge(true)
	if !strings.Contains(v.Text(), "回执编号") || v.Volume != 3 || v.Tongue != i18n.Mandarin {
		t.Errorf("it says %q at %d in %s", v.Text(), v.Volume, v.Tongue)
	}
	s.Pass(179 * time.Second)
	at(t, s.Flow, flow.Ask)
	s.Pass(time.Second)
	at(t, s.Flow, flow.Idle)
	if !strings.Contains(v.Text(), "还有四十秒") {
		t.Errorf("the countdown says %q", v.Text())
	}
	s.Pass(40 * time.Second)
	at(t, s.Flow, flow.Start)
	if v.Saying != nil || s.Flow.Large() {
		t.Errorf("after the person has gone it says %q, large %v", v.Text(), s.Flow.Large())
	}
}

// TestVoiceFollowsTheScreen: what is said of one screen ends with it, and nothing is said twice for the same one.
func TestVoiceFollowsTheScreen(t *testing.T) {
	s := stage(t)
	v := s.Speak()
	s.Flow.SetLarge(true)
	said := len(v.Said)
	s.Flow.Choose(flow.Demand)
	if len(v.Said) != said+1 || !strings.Contains(v.Text(), "您家在哪里") {
		t.Errorf("it said %q", v.Said[said:])
	}
	s.Flow.Touch()
	s.Flow.SetTroubles([]flow.Trouble{flow.NoLink})
	if len(v.Said) != said+1 {
		t.Errorf("it said %q once more", v.Said[said:])
	}
	stopped := v.Stopped
	scan(t, s, door)
	s.Flow.AcceptPlace()
	if v.Stopped == stopped || !strings.Contains(v.Text(), "想贷多少") && !strings.Contains(v.Text(), "金额") {
		t.Errorf("stopped %d, says %q", v.Stopped-stopped, v.Text())
	}
	if err := s.Flow.Next(); err == nil || !strings.Contains(v.Text(), "这一步还没有办好") {
		t.Errorf("after a fault (%v) it says %q", err, v.Text())
	}
}

// TestNothingPersonalUnlessAsked goes the whole way in 关怀版: nothing that was typed, no receipt number and no slip code is
// heard before the person asks for it on that screen; then it is, but for codes and names.
func TestNothingPersonalUnlessAsked(t *testing.T) {
	s := stage(t)
	v := s.Speak()
	s.Flow.SetLarge(true)
	scan(t, s, door)
	s.Flow.AcceptPlace()
	s.Flow.Choose(flow.Demand)
	s.Flow.Type("3.5万")
	s.Flow.OpenSound()
	s.Flow.Read()
	at(t, s.Flow, flow.Question)
	if !strings.Contains(v.Text(), "您填的是三万五千元") {
		t.Errorf("asked, it says %q", v.Text())
	}
	v.Said = nil
	fill(t, s.Flow, wanted)
	if err := s.Flow.HandIn(); err != nil {
		t.Fatal(err)
	}
	r := s.Flow.Receipt()
	for _, said := range v.Said {
		for _, secret := range []string{"三万五千", "陈秀英", "一三八", spoken(string(r.Number)), spoken(string(r.Code))} {
			if strings.Contains(said, secret) {
				t.Errorf("unasked it said %q", said)
			}
		}
	}
	s.Flow.OpenSound()
	s.Flow.Read()
	if text := v.Text(); !strings.Contains(text, spoken(string(r.Number))) || !strings.Contains(text, "十一月二十二日") || strings.Contains(text, spoken(string(r.Code))) {
		t.Errorf("asked for the receipt it says %q", text)
	}
}

// spoken is how a number is read character by character.
func spoken(digits string) string {
	var out strings.Builder
	for _, r := range digits {
		out.WriteRune([]rune("零一二三四五六七八九")[r-'0'])
	}
	return out.String()
}

func TestSoundPage(t *testing.T) {
	s := stage(t)
	v := s.Speak()
	s.Flow.Open(flow.Ask)
	s.Flow.OpenSound()
	at(t, s.Flow, flow.Sound)
	s.Flow.SetTongue(i18n.Cantonese)
	if s.Flow.Printer().Lang() != i18n.ZhHans {
		t.Error("Cantonese is not written as Chinese")
	}
	s.Flow.SetVolume(s.Flow.Manner().Volume + 9)
	if v.Volume != modes.Loudest || v.Tongue != i18n.Cantonese || !strings.Contains(v.Text(), "听唔听得清") {
		t.Errorf("it says %q at %d in %s", v.Text(), v.Volume, v.Tongue)
	}
	s.Flow.SetVolume(0)
	said := len(v.Said)
	s.Flow.SetLarge(true)
	if len(v.Said) != said || v.Saying != nil {
		t.Errorf("muted, it said %q", v.Said[said:])
	}
	s.Flow.Read()
	at(t, s.Flow, flow.Ask)
	if !strings.Contains(v.Text(), "请输入回执编号") || v.Volume == 0 {
		t.Errorf("asked to read, it says %q at %d", v.Text(), v.Volume)
	}
	s.Flow.OpenSound()
	s.Flow.Back()
	at(t, s.Flow, flow.Ask)
	s.Flow.OpenSound()
	s.Flow.Leave()
	at(t, s.Flow, flow.Start)
	if got := s.Flow.Manner(); got != s.World.Book.Modes.Greeting || v.Saying != nil {
		t.Errorf("the next person is met with %+v, and %q", got, v.Text())
	}
}

// TestSoundPageKeepsWhatWasBegun: from a form the page of the voice leads back to the question, or by way of leaving.
func TestSoundPageKeepsWhatWasBegun(t *testing.T) {
	s := stage(t)
	scan(t, s, door)
	s.Flow.AcceptPlace()
	s.Flow.Choose(flow.Demand)
	s.Flow.Type("5万")
	s.Flow.OpenSound()
	s.Flow.Leave()
	at(t, s.Flow, flow.Leaving)
	s.Flow.Stay()
	at(t, s.Flow, flow.Question)
	s.Flow.OpenSound()
	s.Pass(s.Flow.Mode().Patience())
	at(t, s.Flow, flow.Idle)
	s.Flow.Continue()
	at(t, s.Flow, flow.Sound)
	s.Flow.Back()
	if got := s.Flow.Page().Text; got != "50000" {
		t.Errorf("the answer is %q", got)
	}
}

// TestGreetingOfThePlace: a machine may greet everybody in 关怀版 and Cantonese; whoever changes that changes it for
// themselves.
func TestGreetingOfThePlace(t *testing.T) {
	s := stage(t)
	s.World.Greeting = &modes.Manner{Elder: true, Tongue: i18n.Cantonese, Volume: 2}
	f := flow.New(t.Context(), s.World, nil)
	if !f.Large() || f.Manner().Tongue != i18n.Cantonese || !f.AtRest() {
		t.Errorf("it greets with %+v, at rest %v", f.Manner(), f.AtRest())
	}
	f.SwitchLanguage()
	f.SetLarge(false)
	if f.Printer().Lang() != i18n.En || f.AtRest() {
		t.Errorf("in %s, at rest %v", f.Printer().Lang(), f.AtRest())
	}
	f.SwitchLanguage()
	if f.Manner().Tongue != i18n.Cantonese {
		t.Errorf("back from English it speaks %s", f.Manner().Tongue)
	}
	f.Leave()
	if got := f.Manner(); got != *s.World.Greeting {
		t.Errorf("the next person is met with %+v", got)
	}
}

func TestSilence(t *testing.T) {
	s := stage(t)
	s.Flow.OpenSound()
	s.Flow.Read() // and nothing happens
	if err := s.Flow.Silent(); fault.From(err).Key != "kiosk.sound.none" {
		t.Errorf("without a voice: %v", err)
	}
	v := s.Speak()
	v.Fault = fault.New(fault.NotFound, "voice.synth")
	if err := s.Flow.Silent(); fault.From(err).Key != "voice.synth" {
		t.Errorf("without a synthesizer: %v", err)
	}
}

// TestEveryQuestionIsSpoken walks the prepared answers of all forms in all tongues: no line is without a script.
func TestEveryQuestionIsSpoken(t *testing.T) {
	for _, task := range []flow.Task{flow.Demand, flow.Household, flow.Merchant} {
		s := stage(t)
		s.Flow.Choose(task)
		scan(t, s, door)
		s.Flow.AcceptPlace()
		book := flow.Scripts(s.World.Scripts, s.World.Book, s.World.Texts)
		form := s.World.Book.Forms[string(task)]
		for _, section := range form.Sections {
			for _, field := range section.Fields {
				if _, ok := book.Script("form." + form.Name + "." + field.Name); !ok {
					t.Errorf("%s.%s has no script", form.Name, field.Name)
				}
			}
		}
		for _, tongue := range i18n.Tongues() {
			s.Flow.SetTongue(tongue)
			if _, err := book.Pieces(tongue, s.Flow.Spoken()...); err != nil || len(s.Flow.Spoken()) == 0 {
				t.Errorf("%s in %s: %v", task, tongue, err)
			}
		}
	}
}

var _ flow.Voice = (*flowtest.Voice)(nil)
