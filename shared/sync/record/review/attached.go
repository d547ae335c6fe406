// SPDX-License-Identifier: Apache-2.0

package review

import (
	"slices"

	"yuexin/shared/sync/record"
)

// Attached is a file that stands in a record, or once stood there.
type Attached struct {
	record.NamedBlob
	By    record.Head // who attached it
	Shown bool        // readers see it in its field; otherwise it stands beside it or stood there
	Stood bool        // another file, or none, has its place now
}

// AttachedTo returns the files of a record, those that stand first, in the order of
// the catalogue, with those that stand beside them; then those of its past.
func AttachedTo(cat *record.Catalogue, row record.Row, past []record.Past) []Attached {
	kind, known := cat.Kind(row.Header.Kind)
	if !known {
		return nil
	}
	var stand, stood []Attached
	for _, def := range kind.Fields {
		if def.Format != record.FormatBlob {
			continue
		}
		s := row.Fields[def.Name]
		s.Winner.Value = s.Value
		for i, h := range s.Heads() {
			if a, err := record.ParseAttachment(h.Value); err == nil {
				stand = append(stand, Attached{NamedBlob: record.NamedBlob{Header: row.Header, Field: def.Name, Attachment: a}, By: h, Shown: i == 0})
			}
		}
		for _, p := range past {
			if a, err := record.ParseAttachment(p.Value); err == nil && p.Field == def.Name {
				stood = append(stood, Attached{NamedBlob: record.NamedBlob{Header: row.Header, Field: def.Name, Attachment: a}, By: p.Head, Stood: true})
			}
		}
	}
	return append(stand, stood...)
}

// Attached returns the files that belong to a card: those that came in one act with a
// value of it, and if none did, those that stand. files are of the card's record, or of
// the one that keeps its files, which lies in the same scope.
func (c Card) Attached(files []Attached) []Attached {
	var came, stand []Attached
	for _, f := range files {
		if slices.ContainsFunc(c.Said, func(s Said) bool { return sameAct(s.Head, f.By) }) {
			came = append(came, f)
		}
		if !f.Stood {
			stand = append(stand, f)
		}
	}
	if len(came) > 0 {
		return came
	}
	return stand
}

// sameAct reports whether one change set of a scope wrote both heads.
func sameAct(a, b record.Head) bool {
	if a.Version != 0 || b.Version != 0 {
		return a.Version == b.Version
	}
	return a.Number != 0 && a.Lane == b.Lane && a.Number == b.Number
}
