// SPDX-License-Identifier: Apache-2.0

// Package stroke finds Chinese characters by the order of their strokes, for those that nobody around can read aloud.
//
// Strokes are of five kinds, as at school and on telephones: 1 一 横 (and 提), 2 丨 竖 (and 竖钩), 3 丿 撇, 4 丶 点 (and 捺),
// 5 乛 折, everything with a turn (GF 3003-1999). [Any] stands for a stroke that the person is not sure of. A [Table] is
// built once from the file that [Pack] wrote, see assets/pinyin, never changes, and is safe for concurrent use. It knows
// several orders of one character where schools teach several; each of them finds it.
package stroke

import (
	"bytes"
	"compress/flate"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// Any stands for one stroke of any kind.
const Any = '*'

// Most is the number of strokes of the longest pattern that is looked for; no order of the table is longer.
const Most = 64

// magic begins the file, so that another file is told at once.
const magic = "YXSTROKE1\n"

// maxFile is the size of a file's content, against damaged ones.
const maxFile = 1 << 23

// Entry is a character and its orders, each of the digits 1 to 5.
type Entry struct {
	Char   string
	Orders []string
}

// Table finds characters.
type Table struct{ entries []Entry }

// Pack writes a table in the form that [Load] reads; of characters that fit equally well the first is found first. The
// form: the magic line, then compressed with DEFLATE a line for each character, with its orders, spaces between them.
func Pack(w io.Writer, entries []Entry) error {
	if _, err := io.WriteString(w, magic); err != nil {
		return err
	}
	z, err := flate.NewWriter(w, flate.BestCompression)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if err := e.check(); err != nil {
			return err
		}
		if _, err := fmt.Fprintf(z, "%s %s\n", e.Char, strings.Join(e.Orders, " ")); err != nil {
			return err
		}
	}
	return z.Close()
}

func (e Entry) check() error {
	if r, size := utf8.DecodeRuneInString(e.Char); r == utf8.RuneError || size != len(e.Char) || len(e.Orders) == 0 {
		return fmt.Errorf("%q is no character with an order of strokes", e.Char)
	}
	for _, o := range e.Orders {
		if o == "" || len(o) > Most || strings.Trim(o, "12345") != "" {
			return fmt.Errorf("%s: %q is no order of strokes", e.Char, o)
		}
	}
	return nil
}

// errDamaged is wrapped by every error of Load.
var errDamaged = errors.New("the table of strokes is damaged")

// Load reads a table that [Pack] wrote. It refuses a file that is not one, or is damaged.
func Load(data []byte) (*Table, error) {
	packed, found := bytes.CutPrefix(data, []byte(magic))
	if !found {
		return nil, fmt.Errorf("%w: it does not begin as one", errDamaged)
	}
	z := flate.NewReader(bytes.NewReader(packed))
	defer func() { _ = z.Close() }() // reading from memory: nothing to release
	text, err := io.ReadAll(io.LimitReader(z, maxFile))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errDamaged, err)
	}
	t := &Table{entries: make([]Entry, 0, bytes.Count(text, []byte("\n")))}
	for line := range strings.Lines(string(text)) {
		words := strings.Fields(line)
		if len(words) == 0 {
			return nil, fmt.Errorf("%w: an empty line", errDamaged)
		}
		e := Entry{words[0], words[1:]}
		if err := e.check(); err != nil {
			return nil, fmt.Errorf("%w: %w", errDamaged, err)
		}
		t.entries = append(t.entries, e)
	}
	return t, nil
}

// Find returns at most n characters for a pattern of digits and Any: those that have just these strokes, then those that
// begin with them; among each the likeliest first. A pattern that is empty, too long or of other signs finds nothing.
func (t *Table) Find(pattern string, n int) []string {
	if pattern == "" || len(pattern) > Most || strings.Trim(pattern, "12345*") != "" {
		return nil
	}
	var just, begin []string
	for _, e := range t.entries {
		switch e.fits(pattern) {
		case all:
			if len(just) < n {
				just = append(just, e.Char)
			}
		case beginning:
			if len(begin) < n {
				begin = append(begin, e.Char)
			}
		}
	}
	both := append(just, begin...)
	return both[:min(n, len(both))]
}

// fit is how much of a character a pattern is.
type fit int

const (
	no fit = iota
	beginning
	all
)

func (e Entry) fits(pattern string) fit {
	best := no
	for _, o := range e.Orders {
		if len(o) < len(pattern) || !matches(o, pattern) {
			continue
		}
		if len(o) == len(pattern) {
			return all
		}
		best = beginning
	}
	return best
}

func matches(order, pattern string) bool {
	for i := range len(pattern) {
		if pattern[i] != Any && pattern[i] != order[i] {
			return false
		}
	}
	return true
}
