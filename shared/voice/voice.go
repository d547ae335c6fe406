// SPDX-License-Identifier: Apache-2.0

package voice

import (
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"regexp"
	"slices"
	"strings"

	"yuexin/shared/i18n"
)

// Piece is what is said in one breath: a clip by its id, "" where nobody records one, and its text.
type Piece struct{ Clip, Text string }

// Path returns where the clip of a piece is below the folder of clips.
func (p Piece) Path(t i18n.Tongue) string { return string(t) + "/" + p.Clip + ".wav" }

// Script is something to say.
type Script struct {
	ID    string
	Asked bool // said only after the person asked for it on this screen
	Text  map[i18n.Tongue]string
}

// Line is a script with its values.
type Line struct {
	Script string
	Values map[string]Value
}

// Say returns a line without values.
func Say(script string) Line { return Line{Script: script} }

// With returns the line with a value for a place.
func (l Line) With(place string, v Value) Line {
	values := map[string]Value{place: v}
	for name, value := range l.Values {
		values[name] = value
	}
	return Line{l.Script, values}
}

// Book is a version of all scripts. It is immutable.
type Book struct {
	version uint32
	words   map[string]map[i18n.Tongue]string
	scripts map[string]Script
	order   []string
}

// name is the newest version in the folder of scripts and clips.
const name = "voice-1.json"

// Load reads the book from the folder of scripts and clips.
func Load(fsys fs.FS) (*Book, error) {
	f, err := fsys.Open(name)
	if err != nil {
		return nil, fmt.Errorf("read scripts: %w", err)
	}
	defer f.Close()
	return Parse(f)
}

// file is the JSON form of a book.
type file struct {
	Version uint32                            `json:"version"`
	Words   map[string]map[i18n.Tongue]string `json:"words"`
	Scripts []struct {
		ID        string `json:"id"`
		Asked     bool   `json:"asked"`
		Mandarin  string `json:"zh-Hans"`
		Cantonese string `json:"yue"`
		English   string `json:"en"`
	} `json:"scripts"`
}

// Parse reads a book and checks it whole: every script has a text in each tongue with the same places, no id is there twice,
// what is personal is asked for, and no word of a value is missing. The error names the script at fault.
func Parse(r io.Reader) (*Book, error) {
	var f file
	dec := json.NewDecoder(r)
	dec.DisallowUnknownFields()
	if err := dec.Decode(&f); err != nil {
		return nil, fmt.Errorf("read scripts: %w", err)
	}
	if f.Version == 0 {
		return nil, fmt.Errorf("scripts: version is missing")
	}
	b := &Book{version: f.Version, words: f.Words, scripts: map[string]Script{}}
	for _, s := range f.Scripts {
		script := Script{ID: s.ID, Asked: s.Asked, Text: map[i18n.Tongue]string{i18n.Mandarin: s.Mandarin, i18n.Cantonese: s.Cantonese, i18n.English: s.English}}
		if _, twice := b.scripts[s.ID]; twice {
			return nil, fmt.Errorf("scripts: %s: is there twice", s.ID)
		}
		if err := script.check(); err != nil {
			return nil, fmt.Errorf("scripts: %s: %w", s.ID, err)
		}
		b.add(script)
	}
	return b, b.checkWords()
}

var validID = regexp.MustCompile(`^[a-z0-9][A-Za-z0-9._-]*$`)

// places are the values of a text: name and kind.
var places = regexp.MustCompile(`\{([a-z]+):([a-z]+)\}`)

func (s Script) check() error {
	if !validID.MatchString(s.ID) {
		return fmt.Errorf("is no id")
	}
	want := placesOf(s.Text[i18n.Mandarin])
	for _, t := range i18n.Tongues() {
		text := s.Text[t]
		if strings.TrimSpace(text) == "" {
			return fmt.Errorf("no text in %s", t)
		}
		if got := placesOf(text); !slices.Equal(got, want) {
			return fmt.Errorf("in %s the places are %v, in %s %v", t, got, i18n.Mandarin, want)
		}
		if strings.ContainsAny(places.ReplaceAllString(text, ""), "{}") {
			return fmt.Errorf("a place in %s is none of {name:kind}", t)
		}
	}
	for _, m := range places.FindAllStringSubmatch(s.Text[i18n.Mandarin], -1) {
		switch Kind(m[2]) {
		case Counts:
		case Money, Date, Spelled, Called:
			if !s.Asked {
				return fmt.Errorf("says %s, which is personal, without being asked", m[0])
			}
		default:
			return fmt.Errorf("there is no kind %q", m[2])
		}
	}
	return nil
}

// placesOf returns the places of a text, sorted: tongues order them differently.
func placesOf(text string) []string {
	found := places.FindAllString(text, -1)
	slices.Sort(found)
	return found
}

func (b *Book) add(s Script) {
	b.scripts[s.ID] = s
	b.order = append(b.order, s.ID)
}

// Version is the number of this edition.
func (b *Book) Version() uint32 { return b.version }

// With returns the book with more scripts, as those of forms; what it has already stays as it is.
func (b *Book) With(more ...Script) *Book {
	out := &Book{version: b.version, words: b.words, scripts: map[string]Script{}}
	for _, id := range b.order {
		out.add(b.scripts[id])
	}
	for _, s := range more {
		if _, there := out.scripts[s.ID]; !there {
			out.add(s)
		}
	}
	return out
}

// Script returns a script by its id.
func (b *Book) Script(id string) (Script, bool) {
	s, ok := b.scripts[id]
	return s, ok
}

// Pieces returns what is said for lines, in order. An error names a line that there is not, or whose values are not those of
// its places: a mistake in the program.
func (b *Book) Pieces(t i18n.Tongue, lines ...Line) ([]Piece, error) {
	var out []Piece
	for _, line := range lines {
		s, ok := b.scripts[line.Script]
		if !ok {
			return nil, fmt.Errorf("scripts: there is no %q", line.Script)
		}
		pieces, err := b.pieces(t, s, line.Values)
		if err != nil {
			return nil, fmt.Errorf("scripts: %s: %w", s.ID, err)
		}
		out = append(out, pieces...)
	}
	return out, nil
}

func (b *Book) pieces(t i18n.Tongue, s Script, values map[string]Value) ([]Piece, error) {
	var out []Piece
	for _, part := range s.parts(t) {
		if part.place == "" {
			out = append(out, part.Piece)
			continue
		}
		v, ok := values[part.place]
		if !ok || v.kind != part.kind {
			return nil, fmt.Errorf("no %s for {%s}", part.kind, part.place)
		}
		said, err := v.say(t)
		if err != nil {
			return nil, err
		}
		for _, id := range said {
			out = append(out, Piece{id, b.words[id][t]})
		}
		if v.kind == Called {
			out = append(out, Piece{"", v.text})
		}
	}
	return out, nil
}

// part is a stretch of a script, or a place.
type part struct {
	Piece
	place string
	kind  Kind
}

// parts cuts a script at its places. Marks alone are not said.
func (s Script) parts(t i18n.Tongue) []part {
	text, n := s.Text[t], 0
	var out []part
	literal := func(text string, alone bool) {
		if text = strings.TrimSpace(text); strings.Trim(text, "，。！？；：、,.!?;: ") == "" {
			return
		}
		n++
		id := s.ID
		if !alone {
			id = fmt.Sprintf("%s.%d", s.ID, n)
		}
		out = append(out, part{Piece: Piece{id, text}})
	}
	at := places.FindAllStringSubmatchIndex(text, -1)
	from := 0
	for _, m := range at {
		literal(text[from:m[0]], false)
		out = append(out, part{place: text[m[2]:m[3]], kind: Kind(text[m[4]:m[5]])})
		from = m[1]
	}
	literal(text[from:], len(at) == 0)
	return out
}

// Clips returns everything that is to be recorded in a tongue: words first, then the scripts in order.
func (b *Book) Clips(t i18n.Tongue) []Piece {
	var out []Piece
	for _, id := range wordsOf(t) {
		out = append(out, Piece{id, b.words[id][t]})
	}
	for _, id := range b.order {
		for _, part := range b.scripts[id].parts(t) {
			if part.place == "" {
				out = append(out, part.Piece)
			}
		}
	}
	return out
}

// Missing returns what is not recorded in a tongue yet; recorded is the folder of clips.
func (b *Book) Missing(t i18n.Tongue, recorded fs.FS) []Piece {
	return slices.DeleteFunc(b.Clips(t), func(p Piece) bool {
		info, err := fs.Stat(recorded, p.Path(t))
		return err == nil && !info.IsDir()
	})
}
