// SPDX-License-Identifier: Apache-2.0

package verbs

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"yuexin/shared/station"
	"yuexin/shared/sync/audit"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/record/typed"
	"yuexin/shared/terminal"
)

func (c *commands) export() *cobra.Command {
	var f filter
	var out string
	cmd := &cobra.Command{
		Use: "export KIND", Short: "Write records as put reads them: CSV with a column for every field, or JSON", Args: terminal.Exactly(1),
		Long: "export writes records as put reads them. The column (in JSON the key) " + disputedColumn + " names the fields that\n" +
			"two people filled in differently and nobody has settled: their value is what stood first. put ignores it.",
	}
	f.flags(cmd)
	cmd.Flags().StringVar(&out, "out", "", "file to write (default: standard output)")
	cmd.RunE = func(cmd *cobra.Command, kinds []string) error {
		return c.reading(func(ctx context.Context, s *station.Station) error {
			rows, err := f.rows(audit.Doing(ctx, audit.Export, s.Program+" export"), s, record.Kind(kinds[0]))
			if err != nil {
				return err
			}
			if out != "" {
				return c.exportTo(out, s, record.Kind(kinds[0]), rows)
			}
			entries := make([]entry, len(rows))
			for i, row := range rows {
				entries[i] = entryOf(s, row)
			}
			var wrong error
			err = c.terminal().Show(entries, func(w io.Writer) { wrong = writeCSV(w, s, record.Kind(kinds[0]), rows) })
			return errors.Join(err, wrong)
		})(cmd, kinds)
	}
	return cmd
}

// exportTo writes a file that must not be there yet.
func (c *commands) exportTo(out string, s *station.Station, kind record.Kind, rows []record.Row) error {
	file, err := os.OpenFile(out, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return terminal.Unwritten(out, err)
	}
	err = errors.Join(writeCSV(file, s, kind, rows), file.Close())
	if err != nil {
		return terminal.Unwritten(out, err)
	}
	return c.show(map[string]any{"file": out, "records": len(rows)}, "verbs.exported", "n", fmt.Sprint(len(rows)), "file", out)
}

// disputedColumn names what of an exported record is in dispute.
const disputedColumn = "disputed"

// entryOf returns a record as put reads it.
func entryOf(s *station.Station, row record.Row) entry {
	e := entry{ID: row.Header.ID.String(), Village: row.Text("region_code"), Fields: map[string]string{}, Disputed: shownOf(s, row).Disputed}
	def, _ := s.Book().Catalogue.Kind(row.Header.Kind)
	for _, f := range def.Fields {
		e.Fields[string(f.Name)] = typed.Format(f, row.Value(f.Name))
	}
	return e
}

func writeCSV(w io.Writer, s *station.Station, kind record.Kind, rows []record.Row) error {
	def, _ := s.Book().Catalogue.Kind(kind)
	out := csv.NewWriter(w)
	head := []string{"id", "village", disputedColumn}
	for _, f := range def.Fields {
		head = append(head, string(f.Name))
	}
	if err := out.Write(head); err != nil {
		return fmt.Errorf("export: %w", err)
	}
	for _, row := range rows {
		e := entryOf(s, row)
		line := []string{e.ID, e.Village, strings.Join(e.Disputed, "、")}
		for _, f := range def.Fields {
			line = append(line, harmless(e.Fields[string(f.Name)]))
		}
		if err := out.Write(line); err != nil {
			return fmt.Errorf("export: %w", err)
		}
	}
	out.Flush()
	return out.Error()
}

// harmless keeps a spreadsheet from taking a text for a formula; put takes the
// mark off again.
func harmless(text string) string {
	if text != "" && strings.ContainsRune("=+-@\t\r", rune(text[0])) {
		return "'" + text
	}
	return text
}
