// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/spf13/cobra"

	"yuexin/assets"
	"yuexin/shared/credit/rulebook"
	"yuexin/shared/fault"
	"yuexin/shared/sync/record"
	"yuexin/shared/terminal"
	"yuexin/syncserver/xlsform"
)

// FormAnswer is what became of a spreadsheet with a form.
type FormAnswer struct {
	Form     string     `json:"form,omitempty"` // name and version; "" if none was made
	File     string     `json:"file,omitempty"`
	Problems []FormNote `json:"problems"`
}

// FormNote is something in a cell that was not taken, or not as it stands.
type FormNote struct {
	Cell    string `json:"cell"`
	Message string `json:"message"`
	Hint    string `json:"hint"`
	Remark  bool   `json:"remark,omitempty"` // the form is made all the same
}

func (c *commands) form() *cobra.Command {
	cmd := &cobra.Command{Use: "form", Short: "Make forms of spreadsheets, and print forms"}
	cmd.AddCommand(c.formImport(), c.formPrint())
	return cmd
}

func (c *commands) formImport() *cobra.Command {
	var out, catalogue string
	cmd := &cobra.Command{
		Use: "import FILE.xlsx", Short: "Make a form file of an XLSForm spreadsheet, to be published", Args: terminal.Exactly(1),
		Long: "Reads the sheets survey, choices and settings, and writes a form file that syncserver publish takes.\n" +
			"What is not supported is told with its cell; then no file is written.",
		Example: "  syncserver form import survey.xlsx --out household-2.json",
		RunE: func(_ *cobra.Command, args []string) error {
			if out == "" {
				return terminal.Missing("--out")
			}
			data, err := os.ReadFile(args[0])
			if err != nil {
				return terminal.Unread(args[0], err)
			}
			return c.importForm(data, out, catalogue)
		},
	}
	cmd.Flags().StringVar(&out, "out", "", "form file to write")
	cmd.Flags().StringVar(&catalogue, "catalogue", "", "catalogue file that the answers are kept under (default: the program's own)")
	return cmd
}

// importForm makes a form file, and fails with "xlsform.refused" after telling what is not supported.
func (c *commands) importForm(data []byte, out, file string) error {
	catalogue, err := readCatalogue(file)
	if err != nil {
		return err
	}
	report, err := xlsform.Read(data, catalogue)
	if err != nil {
		return err
	}
	t := c.terminal()
	a := FormAnswer{Problems: []FormNote{}}
	for _, p := range report.Problems {
		message, hint := p.Say(t.Printer)
		a.Problems = append(a.Problems, FormNote{p.Cell(), message, hint, p.Remark})
	}
	slices.SortStableFunc(a.Problems, func(a, b FormNote) int { return rank(a) - rank(b) })
	if report.File != nil {
		if err := os.WriteFile(out, report.File, 0o600); err != nil {
			return terminal.Unwritten(out, err)
		}
		a.Form, a.File = report.Form.Edition(), out
	}
	if err := t.Show(a, func(w io.Writer) { c.showForm(w, a) }); err != nil || a.Form != "" {
		return err
	}
	return fault.New(fault.Invalid, "xlsform.refused")
}

// readCatalogue reads a catalogue file, the program's own for "".
func readCatalogue(file string) (*record.Catalogue, error) {
	if file == "" {
		book, err := rulebook.Load(assets.Folder("policies"), assets.Folder("forms"), assets.Folder("scorecards"))
		if err != nil {
			return nil, err
		}
		return book.Catalogue, nil
	}
	content, err := os.ReadFile(file)
	if err != nil {
		return nil, terminal.Unread(file, err)
	}
	return record.ParseCatalogue(bytes.NewReader(content))
}

// rank puts what stands in the way before remarks.
func rank(n FormNote) int {
	if n.Remark {
		return 1
	}
	return 0
}

func (c *commands) showForm(w io.Writer, a FormAnswer) {
	for _, n := range a.Problems {
		fmt.Fprintln(w, n.Cell, n.Message, n.Hint)
	}
	if a.Form != "" {
		fmt.Fprintln(w, c.terminal().T("xlsform.made", "form", a.Form, "file", a.File))
	}
}
