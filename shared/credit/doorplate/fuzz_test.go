// SPDX-License-Identifier: Apache-2.0

package doorplate_test

import (
	"testing"

	"yuexin/shared/credit/doorplate"
	"yuexin/shared/fault"
)

// FuzzTyped: what people type, scan or configure is refused with a meaning, or says
// the same when it is written and read again.
func FuzzTyped(f *testing.F) {
	for _, seed := range []string{
		"", "https://yuexin.example.cn", "HTTP://127.0.0.1:8420/", "0417 3385", "04173385", "0123456789abcdef",
		"00000000000000000000000001", "粤居码", "police:\x00\u200b", "ＨＴＴＰ://Ａ",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		again := func(what string, err error, written string, read func(string) (string, error)) {
			t.Helper()
			if err != nil {
				if fault.From(err).Kind == fault.Internal {
					t.Errorf("%s: %v", what, err)
				}
				return
			}
			if got, err := read(written); err != nil || got != written {
				t.Errorf("%s: %q is read again as %q, %v", what, written, got, err)
			}
		}
		base, err := doorplate.ParseBase(text)
		again("base", err, base.String(), func(s string) (string, error) { b, err := doorplate.ParseBase(s); return b.String(), err })
		card, err := doorplate.ParseCardCode(text)
		again("card code", err, card.String(), func(s string) (string, error) { c, err := doorplate.ParseCardCode(s); return c.String(), err })
		handle, err := doorplate.ParseHandle(text)
		again("handle", err, handle.String(), func(s string) (string, error) { h, err := doorplate.ParseHandle(s); return h.String(), err })
		rid, err := doorplate.ParseRID(text)
		again("void name", err, rid.String(), func(s string) (string, error) { r, err := doorplate.ParseRID(s); return r.String(), err })
		key, err := doorplate.Foreign(text)
		if err == nil {
			same, err := doorplate.Foreign(" \t" + text + "\n")
			if err != nil || same != key || len(key) != 27 {
				t.Errorf("foreign plate: %q, and with white space around it %q, %v", key, same, err)
			}
		} else if fault.From(err).Kind == fault.Internal {
			t.Errorf("foreign plate: %v", err)
		}
	})
}
