// SPDX-License-Identifier: Apache-2.0

package record

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
)

// Class is the protection class of a field (JR/T 0171-2020, DOMAIN.md 4.7).
type Class uint8

// The classes. A field the catalogue does not know is C3.
const (
	C1 Class = 1 // internal: village, plate, states, counts
	C2 Class = 2 // identifies a person or shows their finances
	C3 Class = 3 // must not be stored in general; unknown fields are treated so
)

// Nature says how a kind behaves.
type Nature string

// The natures (ARCHITECTURE.md section 3).
const (
	Fact     Nature = "fact"     // merges field by field under its policies
	Decision Nature = "decision" // written only by the server's desk
	Entry    Nature = "entry"    // immutable: created once; balances are sums over entries
)

// Merge names the policy under which concurrent values of a field merge.
type Merge string

// The merge policies; package policy defines them.
const (
	Latest    Merge = "latest"
	Authority Merge = "authority"
	Larger    Merge = "larger"
	Smaller   Merge = "smaller"
	Union     Merge = "union"
	Review    Merge = "review"
)

var merges = []Merge{Latest, Authority, Larger, Smaller, Union, Review}

// Format narrows a field's values beyond their [Type]: how they are checked,
// printed and typed. The checks themselves are words (ident, money).
type Format string

// The formats, each with the Type that carries it.
const (
	FormatText       Format = "text"
	FormatChoice     Format = "choice"
	FormatDate       Format = "date"        // Text 2006-01-02
	FormatResidentID Format = "resident_id" // Text, GB 11643
	FormatUSCC       Format = "uscc"        // Text, GB 32100
	FormatMobile     Format = "mobile"      // Text
	FormatRegion     Format = "region"      // Text, statistical code
	FormatBool       Format = "bool"
	FormatInt        Format = "int"
	FormatMoney      Format = "money"   // Int, fen
	FormatRate       Format = "rate"    // Int, basis points
	FormatArea       Format = "area"    // Int, hundredths of mu
	FormatDecimal    Format = "decimal" // Int, thousandths
	FormatTime       Format = "time"    // Int, ms since 1970 UTC
	FormatRef        Format = "ref"     // Bytes, id of another record
	FormatBlob       Format = "blob"    // Bytes, an Attachment
	FormatBytes      Format = "bytes"
	FormatSet        Format = "set"
	FormatPosition   Format = "position" // Text, a fix: package forms writes it
)

var formatTypes = map[Format]Type{
	FormatText: Text, FormatChoice: Text, FormatDate: Text, FormatResidentID: Text,
	FormatUSCC: Text, FormatMobile: Text, FormatRegion: Text, FormatPosition: Text,
	FormatBool: Bool, FormatInt: Int, FormatMoney: Int, FormatRate: Int, FormatArea: Int, FormatDecimal: Int, FormatTime: Int,
	FormatRef: Bytes, FormatBlob: Bytes, FormatBytes: Bytes, FormatSet: Set,
}

// Type returns the value type that carries the format, None if it is unknown.
func (f Format) Type() Type { return formatTypes[f] }

// FieldDef describes a field.
type FieldDef struct {
	Name    Field  `json:"name"`
	Format  Format `json:"format"`
	Class   Class  `json:"class"`
	Merge   Merge  `json:"merge"`
	Indexed bool   `json:"indexed,omitempty"` // may stand in a query; C2 through a blind index only
	Search  bool   `json:"search,omitempty"`  // found by name, pinyin, initials on the device
	// Choices are the admitted codes of FormatChoice and FormatSet; empty
	// admits any.
	Choices []string `json:"choices,omitempty"`
	// Sensitive asks for two persons to settle a dispute, each with their own
	// key. Only the policy review leaves disputes to persons.
	Sensitive bool `json:"sensitive,omitempty"`
}

// KindDef describes a kind.
type KindDef struct {
	Name   Kind       `json:"name"`
	Nature Nature     `json:"nature"`
	Fields []FieldDef `json:"fields"`
	// Signed asks for the author's own signature where an entry is made: what
	// somebody vouches for, and nobody else.
	Signed bool `json:"signed,omitempty"`

	byName map[Field]FieldDef
	blobs  []Field // those of FormatBlob
}

// Catalogue is one published version of the description of all kinds. It is
// immutable and safe for concurrent use.
type Catalogue struct {
	version uint32
	kinds   map[Kind]*KindDef
}

type catalogueFile struct {
	Version uint32    `json:"version"`
	Kinds   []KindDef `json:"kinds"`
}

// ParseCatalogue reads a catalogue from its JSON form and checks it whole:
// names, formats, classes, policies, no field twice. The error names the kind
// and field at fault.
func ParseCatalogue(r io.Reader) (*Catalogue, error) {
	var file catalogueFile
	dec := json.NewDecoder(r)
	dec.DisallowUnknownFields()
	if err := dec.Decode(&file); err != nil {
		return nil, fmt.Errorf("read catalogue: %w", err)
	}
	if file.Version == 0 {
		return nil, fmt.Errorf("catalogue: version is missing")
	}
	c := &Catalogue{version: file.Version, kinds: make(map[Kind]*KindDef, len(file.Kinds))}
	for i := range file.Kinds {
		k := &file.Kinds[i]
		if err := c.add(k); err != nil {
			return nil, fmt.Errorf("catalogue version %d: kind %q: %w", file.Version, k.Name, err)
		}
	}
	return c, nil
}

func (c *Catalogue) add(k *KindDef) error {
	if !validName(string(k.Name)) {
		return fmt.Errorf("a name is 1 to %d of a-z, 0-9 and _", MaxName)
	}
	if c.kinds[k.Name] != nil {
		return fmt.Errorf("defined twice")
	}
	switch k.Nature {
	case Fact, Decision, Entry:
	default:
		return fmt.Errorf("nature %q is none of fact, decision, entry", k.Nature)
	}
	if k.Signed && k.Nature != Entry {
		return fmt.Errorf("signed needs nature entry: what changes later was not signed")
	}
	k.byName = make(map[Field]FieldDef, len(k.Fields)+1)
	for _, f := range k.Fields {
		if err := f.check(); err != nil {
			return fmt.Errorf("field %q: %w", f.Name, err)
		}
		if _, twice := k.byName[f.Name]; twice {
			return fmt.Errorf("field %q: defined twice", f.Name)
		}
		k.byName[f.Name] = f
		if f.Format == FormatBlob {
			k.blobs = append(k.blobs, f.Name)
		}
	}
	k.byName[Deleted] = FieldDef{Name: Deleted, Format: FormatBool, Class: C1, Merge: Review}
	c.kinds[k.Name] = k
	return nil
}

func (f FieldDef) check() error {
	switch {
	case !validName(string(f.Name)):
		return fmt.Errorf("a name is 1 to %d of a-z, 0-9 and _", MaxName)
	case f.Format.Type() == None:
		return fmt.Errorf("unknown format %q", f.Format)
	case f.Class < C1 || f.Class > C3:
		return fmt.Errorf("class %d is none of 1, 2, 3", f.Class)
	case !slices.Contains(merges, f.Merge):
		return fmt.Errorf("unknown merge policy %q", f.Merge)
	case f.Sensitive && f.Merge != Review:
		return fmt.Errorf("sensitive needs merge policy review: no other leaves a dispute to persons")
	case f.Merge == Union && f.Format != FormatSet:
		return fmt.Errorf("merge policy union needs format set")
	case (f.Merge == Larger || f.Merge == Smaller) && f.Format.Type() != Int:
		return fmt.Errorf("merge policy %s needs a number", f.Merge)
	case f.Format == FormatBlob && (f.Class == C1 || f.Indexed || f.Search):
		return fmt.Errorf("format blob holds a key: its class is above 1 and nothing is found by it")
	}
	return nil
}

func validName(s string) bool {
	return s != "" && len(s) <= MaxName && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789_") == ""
}

// Version returns the catalogue's version.
func (c *Catalogue) Version() uint32 { return c.version }

// Kinds returns the names of all kinds in order.
func (c *Catalogue) Kinds() []Kind { return slices.Sorted(maps.Keys(c.kinds)) }

// Kind returns the description of k and whether it is known.
func (c *Catalogue) Kind(k Kind) (*KindDef, bool) {
	d, ok := c.kinds[k]
	return d, ok
}

// Field returns the description of field f of kind k. A field or kind that
// the catalogue does not know is carried all the same: class C3, merged as
// review, in no view; known is false then.
func (c *Catalogue) Field(k Kind, f Field) (def FieldDef, known bool) {
	if d, ok := c.kinds[k]; ok {
		if def, ok = d.byName[f]; ok {
			return def, true
		}
	}
	return FieldDef{Name: f, Format: "", Class: C3, Merge: Review}, false
}

// OwnHand reports whether a write needs its author's own signature: one that
// settles a sensitive field, which it returns, or makes an entry of a signed
// kind.
func (c *Catalogue) OwnHand(w Write) (f Field, needed bool) {
	switch w.Op {
	case Create:
		k, known := c.kinds[w.Header.Kind]
		return "", known && k.Signed
	case Resolve:
		for _, f := range w.FieldNames() {
			if def, _ := c.Field(w.Header.Kind, f); def.Sensitive {
				return f, true
			}
		}
	}
	return "", false
}
