// SPDX-License-Identifier: Apache-2.0

package pinyin

import (
	"bufio"
	"bytes"
	"cmp"
	"compress/flate"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"
)

// List names one of the lists in a dictionary.
type List uint8

// The lists. Words serve all typing; the other two make up person names.
const (
	Words List = iota
	Surnames
	Givens

	lists = 3
)

// Entry is one reading of one word.
type Entry struct {
	List List
	Text string
	// Reading has one syllable per character: lower case, no tones, v for ü.
	Reading []string
	// Weight is the frequency on a logarithmic scale, 8 for each doubling. In Surnames and Givens it counts per million
	// names, in Words from 1 occurrence.
	Weight uint8
}

// magic begins the file, so that another file is told at once.
const magic = "YXPINYIN1\n"

// Limits of a file, against damaged ones: what they allow fits into 100 MB.
const (
	maxSyllables = 1 << 10
	maxNodes     = 1 << 21
	maxText      = 1 << 25
	maxDepth     = 32
)

// Pack writes a dictionary in the form that [Load] reads. The order of the entries does not matter; of two with the same
// list, text and reading the heavier one counts. Equal entries give equal bytes. An entry whose reading has not as many
// syllables as its text has characters is an error.
//
// The form: the magic line, then compressed with DEFLATE the table of syllables and the three lists. A list is its number
// of nodes, of words and of text bytes, then its nodes in preorder (depth, syllable, number of words), then the weights,
// then the texts without gaps: a word has as many characters as its node is deep. Numbers are unsigned varints.
func Pack(w io.Writer, entries []Entry) error {
	table, err := syllableTable(entries)
	if err != nil {
		return err
	}
	if _, err := io.WriteString(w, magic); err != nil {
		return err
	}
	z, err := flate.NewWriter(w, flate.BestCompression)
	if err != nil {
		return err
	}
	if _, err := z.Write(appendTable(nil, table)); err != nil {
		return err
	}
	for list := range List(lists) {
		own := slices.DeleteFunc(slices.Clone(entries), func(e Entry) bool { return e.List != list })
		if _, err := z.Write(packList(own, table)); err != nil {
			return err
		}
	}
	return z.Close()
}

func syllableTable(entries []Entry) ([]string, error) {
	var table []string
	seen := make(map[string]bool)
	for _, e := range entries {
		if utf8.RuneCountInString(e.Text) != len(e.Reading) || len(e.Reading) == 0 || len(e.Reading) > maxDepth {
			return nil, fmt.Errorf("%s: %d syllables", e.Text, len(e.Reading))
		}
		if e.List >= lists {
			return nil, fmt.Errorf("%s: no list %d", e.Text, e.List)
		}
		for _, s := range e.Reading {
			if !isSyllable(s) {
				return nil, fmt.Errorf("%s: %q is not plain pinyin", e.Text, s)
			}
			if !seen[s] {
				seen[s] = true
				table = append(table, s)
			}
		}
	}
	slices.Sort(table)
	return table, nil
}

func isSyllable(s string) bool {
	return s != "" && len(s) <= maxSyllable && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz") == ""
}

func appendTable(b []byte, table []string) []byte {
	b = binary.AppendUvarint(b, uint64(len(table)))
	for _, s := range table {
		b = append(binary.AppendUvarint(b, uint64(len(s))), s...)
	}
	return b
}

// packList writes one list; the words of a node stand heaviest first.
func packList(entries []Entry, table []string) []byte {
	slices.SortFunc(entries, func(a, b Entry) int {
		return cmp.Or(slices.Compare(a.Reading, b.Reading), cmp.Compare(b.Weight, a.Weight), cmp.Compare(a.Text, b.Text))
	})
	p := &packer{table: table}
	for len(entries) > 0 {
		n := 1
		for n < len(entries) && slices.Equal(entries[n].Reading, entries[0].Reading) {
			n++
		}
		p.add(entries[:n])
		entries = entries[n:]
	}
	return p.bytes()
}

// packer gathers the parts of a list.
type packer struct {
	table          []string
	path           []string // the reading of the last node
	nodes          int
	nodeBytes      []byte
	weights, texts []byte
}

// add writes the nodes that lead to one reading, and its words.
func (p *packer) add(same []Entry) {
	reading := same[0].Reading
	shared := 0
	for shared < len(p.path) && shared < len(reading) && p.path[shared] == reading[shared] {
		shared++
	}
	words := 0
	seen := make(map[string]bool)
	for _, e := range same {
		if seen[e.Text] {
			continue
		}
		seen[e.Text] = true
		words++
		p.weights = append(p.weights, e.Weight)
		p.texts = append(p.texts, e.Text...)
	}
	for depth := shared; depth < len(reading); depth++ {
		id, _ := slices.BinarySearch(p.table, reading[depth])
		count := 0
		if depth == len(reading)-1 {
			count = words
		}
		p.nodeBytes = append(p.nodeBytes, byte(depth+1))
		p.nodeBytes = binary.AppendUvarint(p.nodeBytes, uint64(id))
		p.nodeBytes = binary.AppendUvarint(p.nodeBytes, uint64(count))
		p.nodes++
	}
	p.path = reading
}

func (p *packer) bytes() []byte {
	b := binary.AppendUvarint(nil, uint64(p.nodes))
	b = binary.AppendUvarint(b, uint64(len(p.weights)))
	b = binary.AppendUvarint(b, uint64(len(p.texts)))
	return slices.Concat(b, p.nodeBytes, p.weights, p.texts)
}

// errDamaged is wrapped by every error of Load about the file's content.
var errDamaged = errors.New("the pinyin dictionary is damaged")

// Load reads a dictionary that [Pack] wrote, normally assets/pinyin, for people who may mix up the pairs. It refuses a
// file that is not one, or is damaged, and a pair that does not exist.
func Load(data []byte, pairs []Pair) (*Engine, error) {
	mixed, err := newMixer(pairs)
	if err != nil {
		return nil, err
	}
	packed, found := bytes.CutPrefix(data, []byte(magic))
	if !found {
		return nil, fmt.Errorf("%w: it does not begin as one", errDamaged)
	}
	z := flate.NewReader(bytes.NewReader(packed))
	defer func() { _ = z.Close() }() // reading from memory: nothing to release
	e, err := read(bufio.NewReaderSize(z, 1<<16), mixed)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errDamaged, err)
	}
	return e, nil
}

func read(r *bufio.Reader, mixed mixer) (*Engine, error) {
	table, err := readTable(r)
	if err != nil {
		return nil, err
	}
	e := &Engine{syllables: table, spellings: newSpellings(table, mixed)}
	for i := range e.lists {
		if e.lists[i], err = readList(r, len(table)); err != nil {
			return nil, fmt.Errorf("list %d: %w", i, err)
		}
	}
	if _, err := r.ReadByte(); !errors.Is(err, io.EOF) {
		return nil, errors.New("something follows the lists")
	}
	e.surnames = make(map[string]bool)
	for i := range e.lists[Surnames].weights {
		e.surnames[e.lists[Surnames].word(uint32(i))] = true
	}
	return e, nil
}

func readTable(r *bufio.Reader) ([]string, error) {
	count, err := readCount(r, maxSyllables)
	if err != nil {
		return nil, err
	}
	table := make([]string, count)
	for i := range table {
		n, err := readCount(r, maxSyllable)
		if err != nil {
			return nil, err
		}
		b := make([]byte, n)
		if _, err := io.ReadFull(r, b); err != nil {
			return nil, err
		}
		table[i] = string(b)
		if !isSyllable(table[i]) || i > 0 && table[i-1] >= table[i] {
			return nil, errors.New("the syllables are not in order")
		}
	}
	return table, nil
}

func readCount(r *bufio.Reader, limit uint64) (int, error) {
	n, err := binary.ReadUvarint(r)
	if err != nil {
		return 0, err
	}
	if n > limit {
		return 0, fmt.Errorf("%d is more than %d", n, limit)
	}
	return int(n), nil
}

func readList(r *bufio.Reader, syllables int) (*lexicon, error) {
	var sizes [3]int
	for i, limit := range []uint64{maxNodes, maxNodes, maxText} {
		var err error
		if sizes[i], err = readCount(r, limit); err != nil {
			return nil, err
		}
	}
	l := &lexicon{}
	lengths, err := l.readNodes(r, sizes[0], sizes[1], syllables)
	if err != nil {
		return nil, err
	}
	l.weights = make([]uint8, len(lengths))
	if _, err := io.ReadFull(r, l.weights); err != nil {
		return nil, err
	}
	text := make([]byte, sizes[2])
	if _, err := io.ReadFull(r, text); err != nil {
		return nil, err
	}
	l.text = string(text)
	return l, l.cut(lengths)
}

// readNodes fills nodes and returns how many characters each word has.
func (l *lexicon) readNodes(r *bufio.Reader, count, words, syllables int) ([]uint8, error) {
	l.nodes = make([]node, count)
	lengths := make([]uint8, 0, words)
	var open []uint32 // the nodes on the way to the current one
	for i := range l.nodes {
		depth, err := r.ReadByte()
		if err != nil {
			return nil, err
		}
		if depth == 0 || int(depth) > len(open)+1 || depth > maxDepth {
			return nil, fmt.Errorf("node %d at depth %d", i, depth)
		}
		for len(open) >= int(depth) {
			l.nodes[open[len(open)-1]].end = uint32(i)
			open = open[:len(open)-1]
		}
		open = append(open, uint32(i))
		if err := l.readNode(r, i, syllables, words-len(lengths), len(lengths)); err != nil {
			return nil, err
		}
		for range l.nodes[i].count {
			lengths = append(lengths, depth)
		}
	}
	for _, i := range open {
		l.nodes[i].end = uint32(count)
	}
	if len(lengths) != words {
		return nil, fmt.Errorf("%d words, not %d", len(lengths), words)
	}
	return lengths, nil
}

func (l *lexicon) readNode(r *bufio.Reader, i, syllables, left, first int) error {
	if syllables == 0 {
		return errors.New("a word without syllables")
	}
	id, err := readCount(r, uint64(syllables-1))
	if err != nil {
		return err
	}
	count, err := readCount(r, uint64(min(left, 1<<16-1)))
	if err != nil {
		return err
	}
	l.nodes[i] = node{words: uint32(first), count: uint16(count), syllable: uint16(id)}
	return nil
}

// cut finds where each word begins in the text.
func (l *lexicon) cut(lengths []uint8) error {
	l.starts = make([]uint32, len(lengths)+1)
	at := 0
	for i, n := range lengths {
		for range n {
			r, size := utf8.DecodeRuneInString(l.text[at:])
			if r == utf8.RuneError {
				return errors.New("a text is no UTF-8 or ends early")
			}
			at += size
		}
		l.starts[i+1] = uint32(at)
	}
	if at != len(l.text) {
		return errors.New("text without a word")
	}
	return nil
}
