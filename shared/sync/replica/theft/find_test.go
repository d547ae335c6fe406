// SPDX-License-Identifier: Apache-2.0

package theft

import (
	"testing"

	"yuexin/shared/sync/record"
)

// What is written in any form is found, and nothing else.
func TestFinds(t *testing.T) {
	const fen = 1_234_567_890_123
	name, amount := record.OfText("陈秀英"), record.OfInt(fen)
	tests := []struct {
		form  string
		text  []byte
		value record.Value
	}{
		{"UTF-8", []byte("户主陈秀英，"), name},
		{"GB 18030", []byte("\xb3\xc2\xd0\xe3\xd3\xa2"), name},
		{"UTF-16", []byte("\x48\x96\xc0\x79\xf1\x82"), name},
		{"JSON", []byte(`{"name":"\u9648\u79c0\u82f1"}`), name},
		{"a canonical text", record.AppendText(nil, "陈秀英"), name},
		{"a canonical number", record.AppendInt(nil, fen), amount},
		{"fen", []byte("fen=1234567890123;"), amount},
		{"yuan", []byte("12345678901.23"), amount},
		{"yuan as people write it", []byte("¥12,345,678,901.23"), amount},
		{"a varint", []byte{0xcb, 0x89, 0xec, 0x8f, 0xf7, 0x23}, amount},
	}
	for _, tt := range tests {
		t.Run(tt.form, func(t *testing.T) {
			l := &Loot{texts: [][]byte{append([]byte("before "), append(tt.text, " after"...)...)}}
			if !l.Finds(tt.value) {
				t.Errorf("%v is not found in % x", tt.value, tt.text)
			}
			if l.Finds(record.OfText("李建国")) || l.Finds(record.OfInt(9_876_543_210_987)) {
				t.Errorf("finds in % x what is not there", tt.text)
			}
		})
	}
}
