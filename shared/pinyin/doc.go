// SPDX-License-Identifier: Apache-2.0

// Package pinyin turns typed pinyin into Chinese candidates, for a machine without an input method of its own.
//
// An [Engine] is built once from the file that [Pack] wrote (see assets/pinyin) and never changes: it learns nothing
// from what people type, because the next person at a shared machine must not be offered the last one's name. It is
// safe for concurrent use. A [Composer] is one person's typing: letters, pages of candidates, a choice for the first
// part and then for the rest.
//
// What is understood: full pinyin ("chenxiuying"), apostrophes where a syllable ends ("xi'an"), a last syllable that is
// not finished ("chenxiuy"), initials ("cxy"), v for ü (also lyu, nyu, lue, nue), and the pairs that speakers of
// Cantonese mix up: zh/z, ch/c, sh/s, n/l, in/ing, en/eng. Mode Names puts characters of person names first and joins
// surname and given name.
//
// The order of candidates is fixed and the same on every machine: what covers all letters comes before what covers
// only the first ones, exact spelling before initials, both before mixed-up pairs; then the more frequent; then the
// order of the text itself. No floating point is used.
//
// The files: syllable.go knows spellings, lexicon.go holds words in a tree of syllables, pack.go reads and writes the
// file, query.go matches letters with syllables, gather.go collects candidates, names.go and sentence.go join several
// words, composer.go is the state of typing.
package pinyin
