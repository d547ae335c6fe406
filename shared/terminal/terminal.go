// SPDX-License-Identifier: Apache-2.0

// Package terminal is how the three programs speak on a command line: results
// as text for people or as JSON for scripts, and errors as a message and a
// sentence that says what to do next, never as a code alone.
package terminal

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"

	"golang.org/x/term"

	"yuexin/shared/fault"
	"yuexin/shared/i18n"
)

// Terminal is where a command prints.
type Terminal struct {
	Out  io.Writer
	Err  io.Writer
	JSON bool
	*i18n.Printer
}

// New returns a terminal on the process's own streams in the language that
// lang or, if that is empty, the environment asks for. Chinese is the default.
func New(texts *i18n.Catalogue, lang string, asJSON bool) *Terminal {
	return &Terminal{Out: os.Stdout, Err: os.Stderr, JSON: asJSON, Printer: texts.Printer(language(lang))}
}

func language(lang string) i18n.Lang {
	for _, name := range []string{lang, os.Getenv("LC_ALL"), os.Getenv("LC_MESSAGES"), os.Getenv("LANG")} {
		if strings.HasPrefix(name, "en") {
			return i18n.En
		}
		if strings.HasPrefix(name, "zh") {
			return i18n.ZhHans
		}
	}
	return i18n.ZhHans
}

// Show prints a result: v as JSON when that is asked for, else what text
// writes.
func (t *Terminal) Show(v any, text func(w io.Writer)) error {
	if !t.JSON {
		text(t.Out)
		return nil
	}
	enc := json.NewEncoder(t.Out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}

// Table prints rows in columns; the first row is the heading.
func Table(w io.Writer, rows [][]string) {
	tab := tabwriter.NewWriter(w, 0, 4, 2, ' ', 0)
	for _, row := range rows {
		fmt.Fprintln(tab, strings.Join(row, "\t"))
	}
	_ = tab.Flush() // the writer below reports its own errors to its owner
}

// problem is an error as JSON.
type problem struct {
	Code    string `json:"code"`
	Message string `json:"message"`
	Hint    string `json:"hint,omitempty"`
	Field   string `json:"field,omitempty"`
	Detail  string `json:"detail,omitempty"`
}

// Fail prints an error with what to do next and returns the exit code: 1, or
// 2 for a fault of the one who called.
func (t *Terminal) Fail(err error) int {
	f := fault.From(err)
	p := problem{Code: f.Kind.Code(), Field: f.Field}
	p.Message, p.Hint = t.Explain(err)
	if f.Kind == fault.Internal {
		p.Detail = err.Error() // a command line is its operator's log
	}
	if t.JSON {
		enc := json.NewEncoder(t.Err)
		enc.SetEscapeHTML(false)
		_ = enc.Encode(map[string]problem{"error": p}) // nowhere left to report to
	} else {
		fmt.Fprintln(t.Err, strings.TrimSpace(p.Message+"\n"+p.Hint))
		if p.Detail != "" {
			fmt.Fprintln(t.Err, p.Detail)
		}
	}
	if f.Kind == fault.Invalid {
		return 2
	}
	return 1
}

// AskSecret asks for a password without showing it. Where there is no
// terminal the environment variable stands in, for scripts.
func (t *Terminal) AskSecret(prompt, variable string) (string, error) {
	if secret := os.Getenv(variable); secret != "" {
		return secret, nil
	}
	fd := int(os.Stdin.Fd())
	if !term.IsTerminal(fd) {
		return "", fault.New(fault.Invalid, "terminal.secret").With("variable", variable)
	}
	fmt.Fprint(t.Err, prompt+" ")
	secret, err := term.ReadPassword(fd)
	fmt.Fprintln(t.Err)
	if err != nil {
		return "", fmt.Errorf("read password: %w", err)
	}
	return string(secret), nil
}
