// SPDX-License-Identifier: Apache-2.0

// Command gendict writes dictionary.bin, what the pinyin keyboard knows: words of a free word list, the places of
// Guangdong, surnames and given names. It stands apart from package pinyin so that the programs carry the result only.
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
	dir := flag.String("dir", ".", "folder assets; pinyin/dictionary.bin is written below it")
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
	data, err := generate(tree)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "pinyin", "dictionary.bin"), data, 0o644)
}

// generate returns the content of dictionary.bin. Equal input gives equal bytes.
func generate(tree *region.Tree) ([]byte, error) {
	words, err := readWordList()
	if err != nil {
		return nil, err
	}
	table, err := readHeteronyms()
	if err != nil {
		return nil, err
	}
	names, err := newNames(table, words)
	if err != nil {
		return nil, err
	}
	b := &builder{readings: table}
	b.addCharacters(words)
	b.addWords(words, names)
	b.addTerms()
	b.addPlaces(tree)
	b.addSurnames(names)
	b.addGivens(names)

	var out bytes.Buffer
	if err := pinyin.Pack(&out, b.entries); err != nil {
		return nil, fmt.Errorf("pack: %w", err)
	}
	return out.Bytes(), nil
}
