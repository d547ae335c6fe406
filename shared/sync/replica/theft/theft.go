// SPDX-License-Identifier: Apache-2.0

package theft

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"

	"yuexin/shared/sync/seal"
	"yuexin/shared/sync/sqlitedb"
)

// Loot is what came to light.
type Loot struct {
	// Opened and Shut count the cells of a column, as in "base.sealed", that
	// look sealed and could be opened, or could not.
	Opened, Shut map[string]int

	texts  [][]byte // files, cells and opened cells
	keys   []seal.Key
	boxes  []seal.BoxPrivate
	tried  map[string]bool // 32 bytes each, taken as both
	sealed []cell          // not opened yet
}

// cell is a value in the replica that looks sealed.
type cell struct {
	column   string
	data     []byte
	contexts [][]byte // what it may be bound to
}

// Take robs the folder with the replica at name in it; more are keys that the
// thief has from elsewhere. The folder is opened as a database is, so it has
// to be a copy that nobody works in.
func Take(ctx context.Context, folder, name string, more ...[]byte) (*Loot, error) {
	l := &Loot{Opened: map[string]int{}, Shut: map[string]int{}, tried: map[string]bool{}}
	if err := l.read(folder); err != nil {
		return nil, err
	}
	if err := l.query(ctx, filepath.Join(folder, name)); err != nil {
		return nil, err
	}
	for _, key := range more {
		l.pocket(key)
	}
	for l.open() {
	}
	for _, c := range l.sealed {
		l.Shut[c.column]++
	}
	return l, nil
}

// read takes every file; secrets in files other than databases count as keys.
func (l *Loot) read(folder string) error {
	return filepath.WalkDir(folder, func(path string, e fs.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if len(data) < longestKeyFile {
			l.pocket(data)
		}
		l.texts = append(l.texts, data)
		return nil
	})
}

// longestKeyFile is more than the key file or an enrolment has.
const longestKeyFile = 16 << 10

// query takes every cell of every table.
func (l *Loot) query(ctx context.Context, path string) error {
	db, err := sqlitedb.Open(ctx, path, sqlitedb.Options{})
	if err != nil {
		return err
	}
	defer db.Close()
	names, err := db.QueryContext(ctx, "SELECT name FROM sqlite_schema WHERE type = 'table'")
	if err != nil {
		return err
	}
	defer names.Close()
	var tables []string
	for names.Next() {
		var name string
		if err := names.Scan(&name); err != nil {
			return err
		}
		tables = append(tables, name)
	}
	if err := names.Err(); err != nil {
		return err
	}
	for _, table := range tables {
		rows, err := db.QueryContext(ctx, "SELECT * FROM "+table)
		if err != nil {
			return err
		}
		if err := l.rows(table, rows); err != nil {
			return fmt.Errorf("table %s: %w", table, err)
		}
	}
	return nil
}

// scanner is what sql.Rows is here.
type scanner interface {
	Columns() ([]string, error)
	Next() bool
	Scan(...any) error
	Err() error
	Close() error
}

func (l *Loot) rows(table string, rows scanner) error {
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		return err
	}
	cells, into := make([]any, len(columns)), make([]any, len(columns))
	for i := range cells {
		into[i] = &cells[i]
	}
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return err
		}
		l.row(table, columns, cells)
	}
	return rows.Err()
}

func (l *Loot) row(table string, columns []string, cells []any) {
	contexts := contextsOf(cells)
	for i, c := range cells {
		switch c := c.(type) {
		case string:
			l.texts = append(l.texts, []byte(c))
		case []byte:
			if data, ok := unwrap(c); ok {
				l.sealed = append(l.sealed, cell{table + "." + columns[i], data, contexts})
			} else {
				l.pocket(c)
				l.texts = append(l.texts, c)
			}
		}
	}
}

// Every sealed thing and every key begins with version, kind and profile.
const (
	format     = 1
	headerSize = 2
)

// unwrap returns a sealed thing without the byte that an envelope puts before
// it, and whether this is one.
func unwrap(b []byte) ([]byte, bool) {
	if len(b) > 2 && b[0] == format && b[1] == format { // boxed
		b = b[1:]
	}
	if len(b) < 30 || b[0] != format {
		return nil, false
	}
	kind := seal.Kind(b[1] >> 4)
	return b, kind >= seal.KindBlob && kind <= seal.KindEscrow
}

// words are the fixed contexts of things that are not bound to a row.
var words = []string{"", "draft", "yuexin boxed frame/1"}

// contextsOf returns what cells of a row may be bound to: words, other cells,
// and up to three of these in their order.
func contextsOf(cells []any) (out [][]byte) {
	var parts [][]byte
	for _, c := range cells {
		parts = append(parts, partsOf(c)...)
	}
	for _, w := range words {
		out = append(out, []byte(w))
	}
	out = append(out, parts...)
	for i, a := range parts {
		for j, b := range parts[i+1:] {
			ab := slices.Concat(a, b)
			out = append(out, ab)
			for _, c := range parts[i+1+j+1:] {
				out = append(out, slices.Concat(ab, c))
			}
		}
	}
	return out
}

// pocket takes everything in data that may be a key: 32 bytes at its beginning,
// behind a header, or at its end, as they are and in base64.
func (l *Loot) pocket(data []byte) {
	for _, word := range base64Word.FindAll(data, -1) {
		for _, code := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
			if raw, err := code.DecodeString(string(bytes.TrimRight(word, "="))); err == nil {
				l.keep(raw)
			}
		}
	}
	if len(data) <= longestSecret {
		l.keep(data)
	}
}

var base64Word = regexp.MustCompile(`[A-Za-z0-9+/_-]{40,200}={0,2}`)

// longestSecret is more than any key with what stands around it.
const longestSecret = 512

func (l *Loot) keep(data []byte) {
	for _, at := range []int{0, headerSize, len(data) - seal.KeySize} {
		if at < 0 || at+seal.KeySize > len(data) {
			continue
		}
		secret := string(data[at : at+seal.KeySize])
		if l.tried[secret] {
			continue
		}
		l.tried[secret] = true
		if key, err := seal.ParseKey(encoded(seal.KindKey, secret)); err == nil {
			l.keys = append(l.keys, key)
		}
		if box, err := seal.ParseBoxPrivate(encoded(seal.KindBoxKey, secret)); err == nil {
			l.boxes = append(l.boxes, box)
		}
	}
}

func encoded(kind seal.Kind, secret string) []byte {
	return append([]byte{format, byte(kind)<<4 | byte(seal.ProfileDefault)}, secret...)
}

// open tries all keys on what is shut, and reports whether that brought a key
// more.
func (l *Loot) open() (again bool) {
	known := len(l.tried)
	var shut []cell
	for _, c := range l.sealed {
		plain, ok := l.try(c)
		if !ok {
			shut = append(shut, c)
			continue
		}
		l.Opened[c.column]++
		l.texts = append(l.texts, plain)
		l.pocket(plain)
	}
	l.sealed = shut
	return len(l.tried) > known
}

func (l *Loot) try(c cell) ([]byte, bool) {
	switch seal.Kind(c.data[1] >> 4) {
	case seal.KindBlob:
		for _, key := range l.keys {
			sealer, err := key.Sealer(nil)
			if err != nil {
				continue
			}
			for _, context := range c.contexts {
				if plain, err := sealer.Open(nil, c.data, context); err == nil {
					return plain, true
				}
			}
		}
	case seal.KindBox:
		for _, key := range l.boxes {
			for _, context := range c.contexts[:min(len(c.contexts), mostBoxContexts)] {
				if plain, err := key.OpenBox(nil, c.data, context); err == nil {
					return plain, true
				}
			}
		}
	}
	return nil, false
}

// mostBoxContexts bounds what is tried on a box, where every attempt costs an
// elliptic curve: the words and the first cells. No box is bound to more.
const mostBoxContexts = 8
