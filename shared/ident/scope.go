// SPDX-License-Identifier: Apache-2.0

package ident

import (
	"strings"
)

// Scope names a unit of ordering, access and replication. It is opaque and
// permanent: a village that is renamed or merged keeps its scope.
//
// A valid Scope has 1 to 64 bytes of a-z, 0-9, ':', '_' and '-'. In use are
// "ref", "unit:…", "org:…" and "user:…", the latter three with the 26 characters
// of an id. The zero Scope names nothing.
type Scope string

// Ref is the scope of what everyone reads: catalogue, forms, cards, products, policies.
const Ref Scope = "ref"

// maxScope is the longest Scope in bytes.
const maxScope = 64

const (
	unitScope = "unit:"
	orgScope  = "org:"
	userScope = "user:"
)

// ParseScope checks text and returns it as a Scope. Nothing is forgiven: scopes
// are compared byte by byte on the wire. Errors are fault.Invalid.
func ParseScope(text string) (Scope, error) {
	if text == "" || len(text) > maxScope {
		return "", wrongLength("ident.scope.length", len(text), maxScope)
	}
	i := 0
	for _, r := range text {
		if !isScopeChar(r) {
			return "", wrongAt("ident.scope.char", i, r)
		}
		i++
	}
	return Scope(text), nil
}

func isScopeChar(r rune) bool {
	return r >= 'a' && r <= 'z' || isDigit(r) || r == ':' || r == '_' || r == '-'
}

// UnitScope returns the scope of a grid unit.
func UnitScope(id Unit) Scope {
	return Scope(unitScope + ID(id).encode())
}

// OrgScope returns the scope of an organisation.
func OrgScope(id Org) Scope {
	return Scope(orgScope + ID(id).encode())
}

// UserScope returns the scope of one person's own records.
func UserScope(id Actor) Scope {
	return Scope(userScope + ID(id).encode())
}

// Unit returns the grid unit whose scope s is; false for every other scope.
func (s Scope) Unit() (Unit, bool) {
	id, ok := s.id(unitScope)
	return Unit(id), ok
}

// Org returns the organisation whose scope s is; false for every other scope.
func (s Scope) Org() (Org, bool) {
	id, ok := s.id(orgScope)
	return Org(id), ok
}

// User returns the person whose scope s is; false for every other scope.
func (s Scope) User() (Actor, bool) {
	id, ok := s.id(userScope)
	return Actor(id), ok
}

// id reads the id behind prefix; only its canonical text counts, so that one
// thing has one scope.
func (s Scope) id(prefix string) (ID, bool) {
	text, ok := strings.CutPrefix(string(s), prefix)
	if !ok {
		return ID{}, false
	}
	id, err := decode([]rune(text), len(prefix))
	return id, err == nil && id.encode() == text
}

// IsZero says whether s names nothing.
func (s Scope) IsZero() bool {
	return s == ""
}

// Valid returns nil when ParseScope would accept s, and its fault otherwise.
func (s Scope) Valid() error {
	_, err := ParseScope(string(s))
	return err
}

// String returns s as it is.
func (s Scope) String() string {
	return string(s)
}

// Compare orders scopes byte by byte. It returns -1, 0 or +1.
func (s Scope) Compare(other Scope) int {
	return strings.Compare(string(s), string(other))
}

// MarshalText returns s, or the fault of an invalid one.
func (s Scope) MarshalText() ([]byte, error) {
	if err := s.Valid(); err != nil {
		return nil, err
	}
	return []byte(s), nil
}

// UnmarshalText reads what ParseScope reads. On error s is unchanged.
func (s *Scope) UnmarshalText(text []byte) error {
	parsed, err := ParseScope(string(text))
	if err != nil {
		return err
	}
	*s = parsed
	return nil
}
