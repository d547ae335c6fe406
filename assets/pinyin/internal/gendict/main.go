// SPDX-License-Identifier: Apache-2.0

// Command gendict writes what the Chinese keyboard knows: dictionary.bin with words of a free word list, the places of
// Guangdong, surnames and given names, and strokes.bin with the orders of strokes. It stands apart from package pinyin so that the programs carry the result only.
package main

import (
	"bytes"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"

	"yuexin/shared/pinyin"
	"yuexin/shared/region"
)

func main() {
	dir := flag.String("dir", ".", "folder assets; pinyin/dictionary.bin and strokes.bin are written below it")
	flag.Parse()
	if err := run(*dir); err != nil {
		slog.Error("cannot generate the pinyin dictionary", "err", err)
		os.Exit(1)
	}
}

func run(dir string) error {
	tree, err := region.Load(os.DirFS(filepath.Join(dir, "regions")))
	if err != nil {
		return err
	}
	terms, err := os.ReadFile(filepath.Join(dir, "pinyin", "terms.txt"))
	if err != nil {
		return err
	}
	data, strokes, err := generate(tree, string(terms))
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, "pinyin", "dictionary.bin"), data, 0o644); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "pinyin", "strokes.bin"), strokes, 0o644)
}

// generate returns the content of dictionary.bin and of strokes.bin. Equal input gives equal bytes.
func generate(tree *region.Tree, terms string) (dictionary, strokes []byte, err error) {
	words, err := readWordList()
	if err != nil {
		return nil, nil, err
	}
	table, err := readHeteronyms()
	if err != nil {
		return nil, nil, err
	}
	names, err := newNames(table, words)
	if err != nil {
		return nil, nil, err
	}
	b := &builder{readings: table}
	b.addCharacters(words)
	b.addWords(words, names)
	b.addTerms(terms)
	b.addPlaces(tree)
	b.addSurnames(names)
	b.addGivens(names)

	var out bytes.Buffer
	if err := pinyin.Pack(&out, b.entries); err != nil {
		return nil, nil, fmt.Errorf("pack: %w", err)
	}
	var orders bytes.Buffer
	if err := packStrokes(&orders, b.entries); err != nil {
		return nil, nil, fmt.Errorf("pack the orders of strokes: %w", err)
	}
	return out.Bytes(), orders.Bytes(), nil
}
