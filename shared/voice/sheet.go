// SPDX-License-Identifier: Apache-2.0

package voice

import (
	"encoding/csv"
	"fmt"
	"io"

	"yuexin/shared/i18n"
)

// WriteSheet writes what is to be recorded for whoever reads it aloud: CSV in UTF-8 with a mark, as spreadsheets want it,
// with id, file and text.
func WriteSheet(w io.Writer, t i18n.Tongue, pieces []Piece) error {
	if _, err := io.WriteString(w, "\ufeff"); err != nil {
		return fmt.Errorf("write sheet: %w", err)
	}
	out := csv.NewWriter(w)
	rows := [][]string{{"id", "file", "text"}}
	for _, p := range pieces {
		rows = append(rows, []string{p.Clip, p.Path(t), p.Text})
	}
	if err := out.WriteAll(rows); err != nil {
		return fmt.Errorf("write sheet: %w", err)
	}
	return nil
}
