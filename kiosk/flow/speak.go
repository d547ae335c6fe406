// SPDX-License-Identifier: Apache-2.0

package flow

import (
	"slices"
	"strings"
	"time"

	"yuexin/shared/credit/forms"
	"yuexin/shared/credit/modes"
	"yuexin/shared/credit/rulebook"
	"yuexin/shared/fault"
	"yuexin/shared/i18n"
	"yuexin/shared/money"
	"yuexin/shared/voice"
)

// Voice speaks; device.Voice does. Its methods return at once.
type Voice interface {
	// Say says the pieces, from 1 (soft) to modes.Loudest; what was being said ends first.
	Say(t i18n.Tongue, pieces []voice.Piece, volume int)
	// Stop ends what is being said.
	Stop()
	// Silent says why nothing can be heard in a tongue, nil where it can.
	Silent(t i18n.Tongue) error
}

// scripts are what the kiosk says by a book of rules.
type scripts struct {
	rules *rulebook.Book
	book  *voice.Book
}

// Manner returns how the kiosk speaks to whoever is there.
func (f *Flow) Manner() modes.Manner { return f.manner }

// Large says whether 关怀版 is on.
func (f *Flow) Large() bool { return f.manner.Elder }

// SetLarge turns 关怀版 on or off, for this visit.
func (f *Flow) SetLarge(on bool) { f.manner.Elder = on; f.tell() }

// SwitchLanguage goes to the next language, for this visit: spoken is the tongue of the place, or the first.
func (f *Flow) SwitchLanguage() {
	langs := i18n.Langs()
	next := langs[(slices.Index(langs, f.lang())+1)%len(langs)]
	for _, t := range append([]i18n.Tongue{f.greeting().Tongue}, i18n.Tongues()...) {
		if t.Lang() == next {
			f.SetTongue(t)
			return
		}
	}
}

// SetTongue changes what is spoken, and with it what is written, for this visit.
func (f *Flow) SetTongue(t i18n.Tongue) { f.manner.Tongue = t; f.tell() }

func (f *Flow) lang() i18n.Lang { return f.manner.Tongue.Lang() }

// SetVolume makes the voice louder or softer for this visit, and lets it be heard; 0 is silence.
func (f *Flow) SetVolume(volume int) {
	f.manner.Volume = min(max(0, volume), modes.Loudest)
	f.tell()
	f.say(voice.Say("sound.test"))
}

// OpenSound shows the page on which the voice is changed and asked to read. The way back is to the screen that it covers.
func (f *Flow) OpenSound() {
	if f.route == Sound {
		return
	}
	f.covered, f.route = f.route, Sound
	f.tell()
}

// CloseSound goes back to the screen that the page of the voice covers.
func (f *Flow) CloseSound() {
	if f.route == Sound {
		f.route, f.covered = f.covered, ""
		f.tell()
	}
}

// Read goes back to the screen that the page of the voice covers and reads it: what it asks, and since the person asked for
// it, what is theirs on it.
func (f *Flow) Read() {
	f.CloseSound()
	if f.manner.Volume == 0 {
		f.manner.Volume = f.greeting().Volume
	}
	f.say(append(f.spoken(), f.personal()...)...)
}

// Silent says why nothing can be heard here, nil where it can.
func (f *Flow) Silent() error {
	if f.Voice == nil {
		return fault.New(fault.NotFound, "kiosk.sound.none")
	}
	return f.Voice.Silent(f.manner.Tongue)
}

// told is what the voice was last told of.
type told struct {
	route   Route
	path    string
	manner  modes.Manner
	problem string
}

// hear has the voice follow the screen: what it said of another ends, and where it speaks by itself it says what this one
// asks. At the start nobody may be there, so it speaks only to somebody who has just changed how it speaks.
func (f *Flow) hear() {
	now := told{route: f.route, manner: f.manner}
	if f.route == Question {
		now.path = f.visit.at
	}
	if f.visit.problem != nil {
		now.problem = f.visit.problem.Key
	}
	before := f.told
	if f.Voice == nil || now == before {
		return
	}
	f.told = now
	f.Voice.Stop()
	switch changed := now.manner != before.manner && now.route == before.route; {
	case !f.Book.Modes.Of(f.manner.Elder).Speaks, now.route == Start && !changed:
	case now.problem != "":
		f.say(voice.Say("problem"))
	default:
		f.say(f.spoken()...)
	}
}

// say says lines. What is wrong with them is a mistake in the program, and no reason to keep somebody from anything.
func (f *Flow) say(lines ...voice.Line) {
	if f.Voice == nil || f.manner.Volume == 0 {
		return
	}
	pieces, err := f.script().Pieces(f.manner.Tongue, lines...)
	if err != nil {
		f.Log.Error("speak", fault.Attr(err))
		return
	}
	f.Voice.Say(f.manner.Tongue, pieces, f.manner.Volume)
}

// script returns all scripts by the present rules.
func (f *Flow) script() *voice.Book {
	if f.scripts.book == nil || f.scripts.rules != f.Book {
		f.scripts = scripts{f.Book, Scripts(f.Scripts, f.Book, f.Texts)}
	}
	return f.scripts.book
}

// Scripts returns everything that a kiosk says by a set of rules.
func Scripts(b *voice.Book, rules *rulebook.Book, texts *i18n.Catalogue) *voice.Book {
	return voice.OfRules(b, rules, Role, texts)
}

// Spoken returns what is said of the present screen without being asked. Nothing in it is anybody's own.
func (f *Flow) Spoken() []voice.Line { return f.spoken() }

func (f *Flow) spoken() []voice.Line {
	switch f.route {
	case Idle:
		return []voice.Line{voice.Say("screen.idle").With("n", voice.Count(int64(f.Left())))}
	case Question:
		return f.question()
	}
	return []voice.Line{voice.Say("screen." + string(f.route))}
}

// question says what the question shown asks, and what can be chosen.
func (f *Flow) question() []voice.Line {
	page := f.Page()
	switch {
	case page.Field == nil:
		return []voice.Line{voice.Say("screen.signature")}
	case page.Wording != "":
		return []voice.Line{voice.Say("screen.consent"), f.sayField(page)}
	}
	lines := []voice.Line{f.sayField(page)}
	if page.Field.Type == forms.YesNo {
		lines = append(lines, voice.Say("answer.yes-no"))
	}
	if len(page.Field.Options) > 0 {
		lines = append(lines, voice.Say("answer.options"))
	}
	for _, o := range page.Field.Options {
		lines = append(lines, voice.Say(voice.OptionID(f.visit.session.Form().Name, fieldPath(page.Path), o.Code)))
	}
	return lines
}

// sayField says the question of a page, in general words if the form of this version has no script.
func (f *Flow) sayField(page Page) voice.Line {
	id := voice.FieldID(f.visit.session.Form().Name, fieldPath(page.Path))
	if _, ok := f.script().Script(id); !ok {
		id = "screen.question"
	}
	return voice.Say(id)
}

// fieldPath returns the path of a page without the number of its row.
func fieldPath(path string) string {
	if rows, _, inner := split(path); rows != "" {
		return rows + "." + inner
	}
	return path
}

// personal returns what is the person's own on the present screen. It is said only when they ask for it there; a lookup code
// and a name never are, because others stand around.
func (f *Flow) personal() []voice.Line {
	switch f.route {
	case Question:
		return f.personalAnswer()
	case Done:
		r := f.visit.receipt
		return []voice.Line{
			voice.Say("done.number").With("number", voice.Digits(string(r.Number))),
			voice.Say("done.date").With("day", voice.Day(r.Time().In(f.Now().Location()))),
		}
	case Kept:
		return []voice.Line{voice.Say("kept.slip").With("number", voice.Digits(f.visit.slip))}
	case Stand:
		number, key := f.Stand()
		return []voice.Line{voice.Say("stand.number").With("number", voice.Digits(string(number))), voice.Say(voice.TextID(key))}
	}
	return nil
}

// personalAnswer reads what was typed, or what is agreed to.
func (f *Flow) personalAnswer() []voice.Line {
	page := f.Page()
	purpose := f.purposeOf(page.Path)
	if signed, ok := strings.CutPrefix(page.Path, sign); ok {
		purpose = signed
	}
	if purpose != "" {
		wording := voice.Say(voice.WordingID(purpose, page.Edition))
		return []voice.Line{wording.With("recipient", voice.Name(f.visit.terms.recipient))}
	}
	switch page.Field.Type {
	case forms.Money:
		if fen, err := money.Parse(page.Text); err == nil && fen >= 0 {
			return []voice.Line{voice.Say("answer.amount").With("amount", voice.Amount(fen))}
		}
	case forms.Date:
		if day, err := time.Parse(time.DateOnly, f.visit.session.Value(page.Path).Text()); err == nil {
			return []voice.Line{voice.Say("answer.date").With("day", voice.Day(day))}
		}
	case forms.Number:
		if page.Text != "" {
			return []voice.Line{voice.Say("answer.digits").With("number", voice.Digits(page.Text))}
		}
	}
	return nil
}
