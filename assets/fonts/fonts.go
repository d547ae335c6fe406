// SPDX-License-Identifier: Apache-2.0

// Package fonts holds the one face of the screens and of the printed sheets, and knows which characters it has.
//
// Nothing is ever drawn as a silent box: ask [Missing] before showing or printing text that people typed, and say which
// characters cannot be shown. README.md beside this file lists what the face contains and how it is built.
package fonts

import (
	_ "embed"
	"slices"
	"strings"
)

// Family is the name of the face inside the font file.
const Family = "Yuexin Sans"

// yuexin is the font file; see build.sh.
//
//go:embed yuexin.ttf
var yuexin []byte

// face is what Missing and FirstPlane need to know of the font file, read once at start.
var face = mustReadCoverage(yuexin)

// TTF returns the font file: a single TrueType face. All callers share the bytes; do not change them.
func TTF() []byte { return yuexin }

// Missing returns the characters of s that the face cannot draw, each once, in the order of their first appearance; it
// is empty when all can be drawn. Line ends and tabs are layout, not characters, and never missing. Private-use
// characters are always missing: those that the face maps (see FirstPlane) stand for other characters.
func Missing(s string) []rune {
	var missing []rune
	for _, r := range s {
		if r == '\n' || r == '\r' || r == '\t' || slices.Contains(missing, r) {
			continue
		}
		if isAlias(r) || !face.has(r) {
			missing = append(missing, r)
		}
	}
	return missing
}

// FirstPlane returns s with every character beyond U+FFFF replaced by the private-use character under which the face
// draws it too. It is for writers that know the first plane only, like the PDF writer; never store or send the result. A
// character that the face has not stays as it is: ask Missing first.
func FirstPlane(s string) string {
	return strings.Map(face.firstPlane, s)
}
