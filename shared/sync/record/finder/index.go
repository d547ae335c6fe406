// SPDX-License-Identifier: Apache-2.0

package finder

import (
	"slices"
	"unicode/utf8"

	"yuexin/shared/ident"
)

// Index names the records of one kind that a search can fit. It knows every record by
// what stands at few places: two characters beside one another, the first letters of
// its pinyin, the last four characters of a number. The zero Index is empty and ready,
// and finds nothing. It is not safe for concurrent changes; any number may search at
// once while nobody changes it.
//
// Cost, measured (BenchmarkIndex50000): about 0.4 KB a household with a name, a plate
// code, a telephone and an identity number; a search compares those that
// fit and few more.
type Index struct {
	grams map[string][]uint32 // places of documents in docs, in order
	docs  []document
	at    map[ident.Record]uint32
	gone  int // documents that count no longer
}

// document is a record as it was put.
type document struct {
	id    ident.Record
	words []word // nil: gone
}

// word is what a search compares of one field.
type word struct{ text, tail string }

// Put adds a record, or changes what is known of it.
func (x *Index) Put(id ident.Record, keys []Key) {
	words := wordsOf(keys)
	if n, there := x.at[id]; there {
		if slices.Equal(x.docs[n].words, words) {
			return
		}
		x.Drop(id)
	}
	if len(words) == 0 {
		return
	}
	if x.grams == nil {
		x.grams, x.at = map[string][]uint32{}, map[ident.Record]uint32{}
	}
	n := uint32(len(x.docs))
	x.docs = append(x.docs, document{id, words})
	x.at[id] = n
	for _, w := range words {
		w.each(func(gram string) { x.note(gram, n) })
	}
}

// note adds a document to what a gram finds, once.
func (x *Index) note(gram string, n uint32) {
	list := x.grams[gram]
	if len(list) == 0 || list[len(list)-1] != n {
		x.grams[gram] = append(list, n)
	}
}

// Drop forgets a record; nothing happens if it is not there.
func (x *Index) Drop(id ident.Record) {
	if x == nil {
		return
	}
	n, there := x.at[id]
	if !there {
		return
	}
	delete(x.at, id)
	x.docs[n].words = nil
	if x.gone++; x.gone > len(x.docs)/2 {
		x.rebuild()
	}
}

// rebuild leaves out what is gone, once that is more than what is left.
func (x *Index) rebuild() {
	docs := slices.DeleteFunc(x.docs, func(d document) bool { return d.words == nil })
	*x = Index{docs: docs, grams: make(map[string][]uint32, len(x.grams)), at: make(map[ident.Record]uint32, len(docs))}
	for n, d := range docs {
		x.at[d.id] = uint32(n)
		for _, w := range d.words {
			w.each(func(gram string) { x.note(gram, uint32(n)) })
		}
	}
}

// Len returns how many records can be found.
func (x *Index) Len() int { return len(x.docs) - x.gone }

// Find returns, in no order, the records that a search may fit; Finder.Match decides. None
// is left out that fits, and most that do not fit are.
func (x *Index) Find(search string) []ident.Record {
	if x == nil {
		return nil
	}
	search = Fold(search)
	found := x.part(search)
	if ascii(search) && search != "" {
		found = append(found, x.grams[spelledMark+search[:min(2, len(search))]]...)
		if len(search) >= MinTail {
			found = append(found, x.grams[tailMark+search[len(search)-MinTail:]]...)
		}
	}
	slices.Sort(found)
	ids := make([]ident.Record, 0, len(found))
	for _, n := range slices.Compact(found) {
		if d := &x.docs[n]; d.words != nil {
			ids = append(ids, d.id)
		}
	}
	return ids
}

// part returns the documents in which every two characters that stand beside one
// another in a search do so as well.
func (x *Index) part(search string) []uint32 {
	var lists [][]uint32
	pairs(search, func(gram string, last bool) {
		if !last || len(gram) == len(search) { // the last character alone tells something of a search of one
			lists = append(lists, x.grams[gram])
		}
	})
	if len(lists) == 0 {
		return nil
	}
	slices.SortFunc(lists, func(a, b []uint32) int { return len(a) - len(b) })
	found := slices.Clone(lists[0])
	for _, list := range lists[1:] {
		found = slices.DeleteFunc(found, func(n uint32) bool {
			_, there := slices.BinarySearch(list, n)
			return !there
		})
	}
	return found
}

// The grams of pinyin and of ends of numbers are marked, so that they are no others.
const (
	spelledMark = "~"
	tailMark    = "#"
)

// each calls note with every gram of a word.
func (w word) each(note func(gram string)) {
	pairs(w.text, func(gram string, _ bool) {
		note(gram)
		if _, size := utf8.DecodeRuneInString(gram); size < len(gram) {
			note(gram[:size])
		}
	})
	w.spelled(note)
	if len(w.tail) >= MinTail {
		note(tailMark + w.tail[len(w.tail)-MinTail:])
	}
}

// spelled calls note with the first letter and the first two letters of every way to
// spell a text as spells does.
func (w word) spelled(note func(gram string)) {
	r, size := utf8.DecodeRuneInString(w.text)
	if size == 0 {
		return
	}
	var next []string
	if size < len(w.text) {
		r, _ := utf8.DecodeRuneInString(w.text[size:])
		next = readings(r)
	}
	for _, one := range readings(r) {
		if one[0] >= utf8.RuneSelf {
			continue
		}
		note(spelledMark + one[:1])
		if len(one) > 1 {
			note(spelledMark + one[:2])
		}
		for _, other := range next {
			if other[0] < utf8.RuneSelf {
				note(spelledMark + one[:1] + other[:1])
			}
		}
	}
}

// pairs calls each with every two characters of a text that stand beside one another,
// and with the last alone.
func pairs(text string, each func(gram string, last bool)) {
	for at := 0; at < len(text); {
		_, size := utf8.DecodeRuneInString(text[at:])
		_, after := utf8.DecodeRuneInString(text[at+size:])
		each(text[at:at+size+after], after == 0)
		at += size
	}
}

func wordsOf(keys []Key) []word {
	var words []word
	for i := range keys {
		if k := &keys[i]; k.Text != "" || k.Tail != "" {
			words = append(words, word{k.Text, k.Tail})
		}
	}
	return words
}
