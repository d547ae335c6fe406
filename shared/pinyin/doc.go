// SPDX-License-Identifier: Apache-2.0

// Package pinyin turns typed pinyin into Chinese candidates, for a machine without an input method of its own.
//
// An [Engine] is built once from the file that [Pack] wrote (see assets/pinyin) and never changes. It is safe for
// concurrent use. A [Composer] is one person's typing: letters, candidates, a choice for the first part and then for the
// rest.
//
// What is understood: full pinyin ("chenxiuying") with every way to cut it ("xian": 先, 西安), apostrophes where a syllable
// ends ("xi'an"), a last syllable that is not finished ("chenxiuy"), initials ("cxy", "chenxy"), v for ü (also lyu, nyu,
// lue, nue), and the pairs that speakers of Cantonese and its neighbours mix up, each of which is switched by itself, see
// [Pair]. Mode Names puts characters of person names first and joins surname and given name.
//
// # The order of candidates
//
// It is fixed and, but for what a [Local] adds, the same on every machine. What covers all letters comes before what covers
// only the first ones; exact spelling before initials, both before mixed-up pairs; then the more frequent; then the order
// of the text itself. Behind the first three exact ones likelihood alone counts, a mixed-up syllable costing a factor of
// four: who writes what they hear finds 林志明 for linzimin on the first page, and who spells by the book loses nothing, as
// the tests of package keyboard measure. No floating point is used.
//
// # What a machine learns
//
// A kiosk stands in a village and is used by everybody in it, one after the other. What one person typed must never be
// offered to the next, so a [Local] learns of the village and never of a person:
//
//   - It can learn three kinds of text and no other, from lists that are public: surnames, names of places around the
//     machine, and words of farming, trade and lending. Of a full name it takes the surname and drops the rest at once; a
//     given name, a character of one, a rare character written by strokes or a sentence is never in it, in memory or on
//     the disk. So no full name can come back, whatever is typed.
//   - It counts visits, not key strokes: within a visit each text counts once, and nothing links the texts of one visit. It
//     holds no times, no order, no person, no form.
//   - A text counts for nothing until three visits had it in common ([Learning].Visits); before that it is only in memory.
//     What is saved holds no rarer text.
//   - It is saved in lots of several visits ([Learning].Save), so that two copies of the disk do not tell who came between.
//   - It is bounded ([Learning].Words of each kind, the rarest goes), fades ([Learning].Halve), is bound to the place where
//     it was learned, and staff drop it with one key. What was lost with the power was a few counts.
//
// What is learned, and what is near, only adds weight: it changes the order within a class of candidates, never what can be
// typed.
//
// # The files
//
// syllable.go knows spellings, pairs.go those that are mixed up, lexicon.go holds words in a tree of syllables, pack.go
// reads and writes the file, query.go matches letters with syllables, gather.go collects candidates, names.go and
// sentence.go join several words, local.go learns, composer.go is the state of typing.
package pinyin
