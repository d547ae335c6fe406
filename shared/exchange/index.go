// SPDX-License-Identifier: Apache-2.0

package exchange

import (
	"context"
	"crypto/sha256"
	"slices"

	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
)

// pageOf is how many records are read at once.
const pageOf = 1000

// found is a record that a key or name leads to.
type found struct {
	id    ident.Record
	scope ident.Scope
}

// print is the digest of a path and its value: a list of a million records is not held in clear a second time.
type print [16]byte

func printOf(scope ident.Scope, path, value string) print {
	sum := sha256.Sum256([]byte(string(scope) + "\x00" + path + "\x00" + value))
	return print(sum[:16])
}

// index leads from keys and names to records: one reading of the places instead of a look-up for each row of a file.
type index struct {
	kind  *Kind
	store record.Store
	keys  map[print][]found // by path and value, of every place
	names map[print][]found // by place and name

	// elsewhere asks the store for keys that the places do not have: on a server, which has more than the places.
	elsewhere bool
}

// newIndex reads the records of some places.
func (k *Kind) newIndex(ctx context.Context, store record.Store, scopes []ident.Scope) (*index, error) {
	x := &index{kind: k, store: store, keys: map[print][]found{}, names: map[print][]found{}}
	for _, scope := range scopes {
		for row, err := range record.Each(ctx, store, record.Query{Kind: k.words.Kind, Scope: scope}) {
			if err != nil {
				return nil, err
			}
			x.add(row.Header, func(f record.Field) string { return row.Text(f) })
		}
	}
	return x, nil
}

// add enters a record with its texts.
func (x *index) add(h record.Header, text func(record.Field) string) {
	one := found{h.ID, h.Scope}
	for _, path := range x.kind.words.Keys {
		if value := text(x.kind.field(path)); value != "" {
			key := printOf("", path, value)
			x.keys[key] = append(x.keys[key], one)
		}
	}
	if name := text(x.kind.field(x.kind.words.Name)); name != "" {
		key := printOf(h.Scope, x.kind.words.Name, name)
		x.names[key] = append(x.names[key], one)
	}
}

// field returns the record's field of a path.
func (k *Kind) field(path string) record.Field {
	if f, ok := k.Form.Field(path); ok {
		return f.Record
	}
	return record.Field(path)
}

// byKey returns the records with a key.
func (x *index) byKey(ctx context.Context, path, value string) ([]found, error) {
	list := x.keys[printOf("", path, value)]
	if len(list) > 0 || !x.elsewhere {
		return list, nil
	}
	rows, err := x.store.List(ctx, record.Query{
		Kind: x.kind.words.Kind, Limit: 10, Where: []record.Term{{Field: x.kind.field(path), Value: record.OfText(value)}},
	})
	for _, row := range rows {
		list = append(list, found{row.Header.ID, row.Header.Scope})
	}
	return list, err
}

// byName returns the records of a place with a name.
func (x *index) byName(scope ident.Scope, name string) []found {
	return slices.Clone(x.names[printOf(scope, x.kind.words.Name, name)])
}
