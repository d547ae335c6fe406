// SPDX-License-Identifier: Apache-2.0

// Command genstrokes writes strokes.txt, the orders of strokes that gendict packs, from two free tables; build.sh beside
// it gets them.
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"os"
	"slices"
	"strings"
	"unicode/utf8"

	"yuexin/assets/fonts"
)

// header says under which terms the table stands.
const header = `# Orders of strokes: 1 一, 2 丨, 3 丿, 4 丶, 5 乛 (GF 3003-1999). Written by genstrokes, do not edit.
# From rime-stroke (LGPL-3.0, its main table from CNS11643, Taiwan) and cnchar-order 3.2.6 (MIT, © 2017 theajack);
# licences in ../../licences. This table is under the GNU LGPL, version 3.
`

func main() {
	rime := flag.String("rime", "", "stroke.dict.yaml of rime-stroke")
	cnchar := flag.String("cnchar", "", "cnchar.order.min.js of cnchar-order")
	flag.Parse()
	if err := run(os.Stdout, *rime, *cnchar); err != nil {
		slog.Error("cannot write the orders of strokes", "err", err)
		os.Exit(1)
	}
}

func run(w io.Writer, rime, cnchar string) error {
	orders := make(map[string][]string)
	script, err := os.ReadFile(cnchar)
	if err != nil {
		return err
	}
	// The mainland's order stands first: cnchar-order follows it, rime-stroke in part Taiwan's.
	if err := addCnchar(orders, string(script)); err != nil {
		return fmt.Errorf("%s: %w", cnchar, err)
	}
	table, err := os.Open(rime)
	if err != nil {
		return err
	}
	defer func() { _ = table.Close() }() // it was only read
	if err := addRime(orders, table); err != nil {
		return fmt.Errorf("%s: %w", rime, err)
	}
	return write(w, orders)
}

// add adds an order once, of a character that the face can draw.
func add(orders map[string][]string, char, order string) {
	if order != "" && len(fonts.Missing(char)) == 0 && !slices.Contains(orders[char], order) {
		orders[char] = append(orders[char], order)
	}
}

// classes are the letters of cnchar-order for the strokes that are no turn (折), as its own table names them: 横 and 提, 竖
// and 竖钩, 撇, 点 and 捺. That table calls 竖钩 a turn; in GF 3003-1999 it is 竖.
var classes = map[rune]byte{'j': '1', 'i': '1', 'f': '2', 'g': '2', 's': '3', 'k': '4', 'd': '4', 'l': '4'}

// addCnchar reads the first table of the script: {"一":"j", …}.
func addCnchar(orders map[string][]string, script string) error {
	_, rest, found := strings.Cut(script, "JSON.parse('")
	text, _, ends := strings.Cut(rest, "')")
	if !found || !ends {
		return errors.New("there is no table in the script")
	}
	var table map[string]string
	if err := json.Unmarshal([]byte(text), &table); err != nil {
		return err
	}
	for char, letters := range table {
		var order strings.Builder
		for _, l := range letters {
			class, known := classes[l]
			if !known {
				class = '5'
			}
			order.WriteByte(class)
		}
		if utf8.RuneCountInString(char) == 1 {
			add(orders, char, order.String())
		}
	}
	return nil
}

// rimeClasses are the letters of rime-stroke.
var rimeClasses = strings.NewReplacer("h", "1", "s", "2", "p", "3", "n", "4", "z", "5")

// addRime reads rows of character, tab, order; other rows are its head.
func addRime(orders map[string][]string, r io.Reader) error {
	rows := bufio.NewScanner(r)
	for rows.Scan() {
		char, rest, found := strings.Cut(rows.Text(), "\t")
		letters, _, _ := strings.Cut(rest, "\t")
		if found && utf8.RuneCountInString(char) == 1 && strings.Trim(letters, "hspnz") == "" {
			add(orders, char, rimeClasses.Replace(letters))
		}
	}
	return rows.Err()
}

func write(w io.Writer, orders map[string][]string) error {
	if _, err := io.WriteString(w, header); err != nil {
		return err
	}
	for _, char := range slices.Sorted(maps.Keys(orders)) {
		if _, err := fmt.Fprintf(w, "%s %s\n", char, strings.Join(orders[char], " ")); err != nil {
			return err
		}
	}
	return nil
}
