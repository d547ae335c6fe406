// SPDX-License-Identifier: Apache-2.0

package typed

import (
	"testing"

	"yuexin/shared/fault"
	"yuexin/shared/sync/record"
)

func def(format record.Format, choices ...string) record.FieldDef {
	return record.FieldDef{Name: "field", Format: format, Class: record.C1, Choices: choices}
}

// What is written as people write it is read back from what is shown.
func TestValues(t *testing.T) {
	tests := []struct {
		def  record.FieldDef
		text string
		want record.Value
		show string
	}{
		{def(record.FormatText), " 富溪村 ", record.OfText("富溪村"), "富溪村"},
		{def(record.FormatChoice, "planting", "other"), "planting", record.OfText("planting"), "planting"},
		{def(record.FormatDate), "2026-11-22", record.OfText("2026-11-22"), "2026-11-22"},
		{def(record.FormatResidentID), "441284 19720315 0002", record.OfText("441284197203150002"), "441284197203150002"},
		{def(record.FormatUSCC), "91000000ma00000157", record.OfText("91000000MA00000157"), "91000000MA00000157"},
		{def(record.FormatMobile), "+86 199 0000 1234", record.OfText("19900001234"), "19900001234"},
		{def(record.FormatBool), "是", record.OfBool(true), "true"},
		{def(record.FormatBool), "no", record.OfBool(false), "false"},
		{def(record.FormatInt), "-3", record.OfInt(-3), "-3"},
		{def(record.FormatMoney), "3.5万", record.OfInt(3_500_000), "35000.00"},
		{def(record.FormatRate), "4.35%", record.OfInt(435), "4.35%"},
		{def(record.FormatArea), "2.3", record.OfInt(230), "2.30"},
		{def(record.FormatBytes), "0aff", record.OfBytes([]byte{0x0a, 0xff}), "0aff"},
		{def(record.FormatSet), "稻、柑，稻", record.OfSet("柑", "稻"), "柑、稻"},
		{def(record.FormatText), "  ", record.Value{}, ""},
	}
	for _, tt := range tests {
		t.Run(string(tt.def.Format)+" "+tt.text, func(t *testing.T) {
			got, err := Parse(tt.def, tt.text)
			if err != nil || !got.Equal(tt.want) {
				t.Fatalf("got %v, %v", got, err)
			}
			shown := Format(tt.def, got)
			if shown != tt.show {
				t.Errorf("shown as %q, want %q", shown, tt.show)
			}
			again, err := Parse(tt.def, shown)
			if err != nil || !again.Equal(got) {
				t.Errorf("read back as %v, %v", again, err)
			}
		})
	}
}

func TestRefusedValues(t *testing.T) {
	for _, tt := range []struct {
		def  record.FieldDef
		text string
	}{
		{def(record.FormatChoice, "planting"), "gambling"},
		{def(record.FormatDate), "22.11.2026"},
		{def(record.FormatDate), "2026-02-30"},
		{def(record.FormatResidentID), "441284197203150003"},
		{def(record.FormatMobile), "1990000123"},
		{def(record.FormatBool), "vielleicht"},
		{def(record.FormatInt), "3.5"},
		{def(record.FormatMoney), "viel"},
		{def(record.FormatBytes), "xyz"},
		{def(record.FormatSet, "稻"), "稻、金"},
		{def(record.FormatRef), "rec_1"},
	} {
		t.Run(string(tt.def.Format)+" "+tt.text, func(t *testing.T) {
			got, err := Parse(tt.def, tt.text)
			if !fault.Is(err, fault.Invalid) || fault.From(err).Field != "field" {
				t.Errorf("got %v, %v", got, err)
			}
		})
	}
}
