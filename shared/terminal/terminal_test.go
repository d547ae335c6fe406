// SPDX-License-Identifier: Apache-2.0

package terminal_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"yuexin/assets"
	"yuexin/shared/fault"
	"yuexin/shared/i18n"
	"yuexin/shared/terminal"
)

func open(t *testing.T, lang string, asJSON bool) (term *terminal.Terminal, out, errs *bytes.Buffer) {
	t.Helper()
	texts, err := i18n.Load(assets.Locales())
	if err != nil {
		t.Fatal(err)
	}
	term = terminal.New(texts, lang, asJSON)
	out, errs = &bytes.Buffer{}, &bytes.Buffer{}
	term.Out, term.Err = out, errs
	return term, out, errs
}

func TestFail(t *testing.T) {
	refused := fault.New(fault.Invalid, "").WithField("phone")
	tests := []struct {
		name string
		err  error
		json bool
		code int
		want []string
	}{
		{"a fault of the caller", refused, false, 2, []string{"请"}},
		{"as JSON", refused, true, 2, []string{`"code":"invalid"`, `"field":"phone"`}},
		{"of unknown meaning", fmt.Errorf("open store: %w", errors.New("broken")), false, 1, []string{"open store: broken"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			term, _, errs := open(t, "zh", tt.json)
			if got := term.Fail(tt.err); got != tt.code {
				t.Errorf("exit code %d, want %d", got, tt.code)
			}
			for _, want := range tt.want {
				if !strings.Contains(errs.String(), want) {
					t.Errorf("%q does not contain %q", errs, want)
				}
			}
		})
	}
}

func TestShow(t *testing.T) {
	text := func(w io.Writer) { terminal.Table(w, [][]string{{"a", "b"}, {"long", "c"}}) }
	term, out, _ := open(t, "en_US.UTF-8", false)
	if err := term.Show(1, text); err != nil {
		t.Fatal(err)
	}
	if got, want := out.String(), "a     b\nlong  c\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	term, out, _ = open(t, "", true)
	if err := term.Show(map[string]string{"name": "<陈>"}, text); err != nil {
		t.Fatal(err)
	}
	if got, want := out.String(), "{\n  \"name\": \"<陈>\"\n}\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
