// SPDX-License-Identifier: Apache-2.0

package exchange

import (
	"encoding/json"
	"slices"
	"strings"

	"yuexin/shared/fault"
	"yuexin/shared/sync/record"
)

// Saved is what people corrected about the columns of a county's tables. It holds titles of columns and nothing of the rows
// below them, so that it can be handed on.
type Saved struct {
	Version int         `json:"version"` // of this form: 1
	Kind    record.Kind `json:"kind"`
	Region  string      `json:"region"` // beginning of the codes of the villages that it is for: six digits for a county
	Columns []SavedPath `json:"columns"`
}

// SavedPath says what a title is about; Path "" is left alone.
type SavedPath struct {
	Title string `json:"title"`
	Path  string `json:"path"`
	Unit  string `json:"unit,omitempty"`
}

// Mappings are all that was saved on a machine.
type Mappings []Saved

const (
	savedVersion = 1
	maxSaved     = 1 << 20
	maxMappings  = 500
	maxColumns   = 2000
)

// ParseMappings reads mappings from their JSON form, foreign ones too. fault.Corrupt tells that it is none, Unsupported
// that a newer program made it.
func ParseMappings(data []byte) (Mappings, error) {
	var m Mappings
	if len(data) > maxSaved || json.Unmarshal(data, &m) != nil || len(m) > maxMappings {
		return nil, fault.New(fault.Corrupt, "exchange.mapping.damaged")
	}
	for _, s := range m {
		switch {
		case s.Version > savedVersion:
			return nil, fault.New(fault.Unsupported, "exchange.mapping.newer")
		case s.Kind == "" || !digits(s.Region) || len(s.Region) > 12 || len(s.Columns) > maxColumns:
			return nil, fault.New(fault.Corrupt, "exchange.mapping.damaged")
		}
	}
	return m, nil
}

func digits(s string) bool { return strings.Trim(s, "0123456789") == "" }

// Encode returns the JSON form.
func (m Mappings) Encode() ([]byte, error) { return json.MarshalIndent(m, "", " ") }

// For returns the mapping for tables of a kind from a village: that with the longest beginning of its code.
func (m Mappings) For(kind record.Kind, code string) (Saved, bool) {
	best, found := Saved{}, false
	for _, s := range m {
		if s.Kind == kind && strings.HasPrefix(code, s.Region) && (!found || len(s.Region) > len(best.Region)) {
			best, found = s, true
		}
	}
	return best, found
}

// Learn puts what a layout says into the mapping of a county, beside what other tables taught it.
func (m Mappings) Learn(kind record.Kind, region string, layouts ...Layout) Mappings {
	out := slices.Clone(m)
	i := slices.IndexFunc(out, func(s Saved) bool { return s.Kind == kind && s.Region == region })
	if i < 0 {
		i, out = len(out), append(out, Saved{Version: savedVersion, Kind: kind, Region: region})
	}
	s := out[i]
	s.Columns = slices.Clone(s.Columns)
	for _, l := range layouts {
		for _, c := range l.Columns {
			if l.Rows == "" && c.Title != "" {
				s.put(SavedPath{Title: c.Title, Path: c.Path, Unit: c.Unit})
			}
		}
	}
	out[i] = s
	return out
}

// Merge takes over what other mappings say; theirs prevails.
func (m Mappings) Merge(other Mappings) Mappings {
	out := slices.Clone(m)
	for _, s := range other {
		i := slices.IndexFunc(out, func(o Saved) bool { return o.Kind == s.Kind && o.Region == s.Region })
		if i < 0 {
			out = append(out, s)
			continue
		}
		merged := out[i]
		merged.Columns = slices.Clone(merged.Columns)
		for _, c := range s.Columns {
			merged.put(c)
		}
		out[i] = merged
	}
	return out
}

func (s *Saved) put(c SavedPath) {
	i := slices.IndexFunc(s.Columns, func(o SavedPath) bool { return fold(o.Title) == fold(c.Title) })
	if i < 0 {
		s.Columns = append(s.Columns, c)
		return
	}
	s.Columns[i] = c
}

// Use puts what was saved over what was found by itself. What the kind does not know any more is left out.
func (s Saved) Use(k *Kind, l *Layout) {
	paths := k.Paths()
	for _, c := range s.Columns {
		if c.Path != "" && !slices.ContainsFunc(paths, func(p Path) bool { return p.Path == c.Path }) {
			continue
		}
		for _, column := range l.Columns {
			if fold(column.Title) != fold(c.Title) {
				continue
			}
			l.Set(column.Index, c.Path)
			if i := slices.IndexFunc(l.Columns, func(o Column) bool { return o.Index == column.Index }); c.Unit != "" {
				l.Columns[i].Unit = c.Unit
			}
		}
	}
}
