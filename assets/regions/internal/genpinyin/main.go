// SPDX-License-Identifier: Apache-2.0

// Command genpinyin writes pinyin.csv: the readings of every Chinese character that occurs in the region files, and of
// the words in readings.csv. It stands apart from package region so that the programs do not carry a pinyin dictionary.
package main

import (
	"bytes"
	_ "embed"
	"encoding/csv"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/mozillazg/go-pinyin"
)

//go:embed readings.csv
var readingsCSV []byte

func main() {
	dir := flag.String("dir", "regions", "folder of the region files; pinyin.csv is written there")
	flag.Parse()
	if err := run(*dir); err != nil {
		slog.Error("cannot generate pinyin", "err", err)
		os.Exit(1)
	}
}

func run(dir string) error {
	data, err := generate(dir)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "pinyin.csv"), data, 0o644)
}

// generate returns the content of pinyin.csv for the region files in dir. Equal input gives equal bytes.
func generate(dir string) ([]byte, error) {
	names, err := readNames(dir)
	if err != nil {
		return nil, err
	}
	table, err := readTable(readingsCSV)
	if err != nil {
		return nil, fmt.Errorf("read readings.csv: %w", err)
	}

	rows, err := charRows(names, table)
	if err != nil {
		return nil, err
	}
	rows = append(rows, wordRows(names, table)...)
	return encode(rows)
}

// readNames returns the name columns of the region files.
func readNames(dir string) ([]string, error) {
	var names []string
	for file, columns := range map[string][]int{"regions-guangdong.csv": {1}, "overlays.csv": {1, 2}} {
		data, err := os.ReadFile(filepath.Join(dir, file))
		if err != nil {
			return nil, err
		}
		rows, err := csv.NewReader(bytes.NewReader(data)).ReadAll()
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", file, err)
		}
		for _, row := range rows[1:] {
			for _, c := range columns {
				names = append(names, row[c])
			}
		}
	}
	return names, nil
}

// readTable returns the checked rows of readings.csv: text to readings.
func readTable(data []byte) (map[string]string, error) {
	r := csv.NewReader(bytes.NewReader(data))
	r.FieldsPerRecord = 4
	if _, err := r.Read(); err != nil {
		return nil, err
	}
	table := make(map[string]string)
	for {
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			return table, nil
		}
		if err != nil {
			return nil, err
		}
		text, readings, status := row[0], row[1], row[2]
		if _, double := table[text]; double {
			return nil, fmt.Errorf("%s: twice", text)
		}
		if status != "usual" && status != "unverified" {
			return nil, fmt.Errorf("%s: status %q", text, status)
		}
		if got, want := len(strings.Fields(readings)), utf8.RuneCountInString(text); got != want {
			return nil, fmt.Errorf("%s: %d syllables for %d characters", text, got, want)
		}
		table[text] = readings
	}
}

// charRows gives every Chinese character of the names its readings, in code point order.
func charRows(names []string, table map[string]string) ([][]string, error) {
	seen := make(map[rune]bool)
	for _, name := range names {
		for _, r := range name {
			seen[r] = unicode.Is(unicode.Han, r)
		}
	}
	args := pinyin.NewArgs()
	var rows [][]string
	for r, han := range seen {
		if !han {
			continue
		}
		readings, known := table[string(r)]
		if !known {
			first := pinyin.SinglePinyin(r, args)
			if len(first) == 0 {
				return nil, fmt.Errorf("no reading of %c (%U): add it to readings.csv", r, r)
			}
			readings = first[0]
		}
		rows = append(rows, []string{string(r), strings.ReplaceAll(readings, "ü", "v")})
	}
	slices.SortFunc(rows, func(a, b []string) int { return strings.Compare(a[0], b[0]) })
	return rows, nil
}

// wordRows returns the table's words that occur in a name, in text order.
func wordRows(names []string, table map[string]string) [][]string {
	var rows [][]string
	for text, readings := range table {
		occurs := func(name string) bool { return strings.Contains(name, text) }
		if utf8.RuneCountInString(text) > 1 && slices.ContainsFunc(names, occurs) {
			rows = append(rows, []string{text, readings})
		}
	}
	slices.SortFunc(rows, func(a, b []string) int { return strings.Compare(a[0], b[0]) })
	return rows
}

func encode(rows [][]string) ([]byte, error) {
	var out bytes.Buffer
	w := csv.NewWriter(&out)
	if err := w.Write([]string{"text", "readings"}); err != nil {
		return nil, err
	}
	if err := w.WriteAll(rows); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}
