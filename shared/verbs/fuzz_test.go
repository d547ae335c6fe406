// SPDX-License-Identifier: Apache-2.0

package verbs

import (
	"os"
	"path/filepath"
	"testing"

	"yuexin/assets"
	"yuexin/shared/fault"
	"yuexin/shared/i18n"
	"yuexin/shared/sync/record"
	"yuexin/shared/terminal"
)

// explained fails unless a refusal is one that this program can explain.
func explained(t *testing.T, texts *i18n.Catalogue, err error) {
	t.Helper()
	f := fault.From(err)
	if f.Kind == fault.Internal || f.Key == "" {
		t.Fatalf("refused with %v", err)
	}
	if text, hint := terminal.New(texts, "zh", true).Explain(err); text == "" || hint == "" {
		t.Fatalf("%v is explained by %q, %q", err, text, hint)
	}
	if missing := texts.Missing(); len(missing) > 0 {
		t.Fatalf("no text for %v", missing)
	}
}

// FuzzReadEntries: a file to put is read as entries, or refused in words.
func FuzzReadEntries(f *testing.F) {
	texts, err := i18n.Load(assets.Locales())
	if err != nil {
		f.Fatal(err)
	}
	for _, text := range []string{
		"", "[]", "{}", `[{"id":"rec_1","fields":{"a":"b"}}]`, `[{"name": "陈"}]`, "\ufeffid,village,head_name\n,富溪村,陈秀英\n", "a,b\n1\n",
		"\"", "[{}", "\ufeff", "\ufeff\n\n", "#\n", "\r\r",
	} {
		f.Add([]byte(text))
	}
	file := filepath.Join(f.TempDir(), "entries")
	f.Fuzz(func(t *testing.T, data []byte) {
		if err := os.WriteFile(file, data, 0o600); err != nil {
			t.Fatal(err)
		}
		entries, err := readEntries(file)
		if err != nil {
			explained(t, texts, err)
		}
		if err == nil && len(entries) > len(data) {
			t.Errorf("%d entries in %d bytes", len(entries), len(data))
		}
	})
}

// FuzzParseValue: what a field takes is shown so that it is taken again with the
// same value; everything else is refused in words.
func FuzzParseValue(f *testing.F) {
	texts, err := i18n.Load(assets.Locales())
	if err != nil {
		f.Fatal(err)
	}
	formats := []record.Format{
		record.FormatText, record.FormatDate, record.FormatResidentID, record.FormatUSCC, record.FormatMobile, record.FormatBool,
		record.FormatInt, record.FormatMoney, record.FormatRate, record.FormatArea, record.FormatRef, record.FormatSet, record.FormatBytes,
	}
	for _, text := range []string{"", "3.5万", "2026-11-22", "19900001234", "稻、柑，稻", "是", "0aff", "-9223372036854775808", "1e9", "\x00", "、"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, format := range formats {
			v, err := parseValue(def(format), text)
			if err != nil {
				explained(t, texts, err)
				continue
			}
			shown := formatValue(def(format), v)
			if again, err := parseValue(def(format), shown); err != nil || !again.Equal(v) {
				t.Errorf("%s: %q is taken and shown as %q, which reads as %v, %v", format, text, shown, again, err)
			}
		}
	})
}
