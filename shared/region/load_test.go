// SPDX-License-Identifier: Apache-2.0

package region_test

import (
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"yuexin/shared/region"
)

const (
	unitsHead = "code,name,level,parent\n"
	fewUnits  = unitsHead + "44,广东省,province,\n4412,肇庆市,prefecture,44\n441284,四会市,county,4412\n" +
		"441284105,大沙镇,town,441284\n"
	zonesHead = "code,name,short,parent,members\n"
)

func TestReadWithoutReadingsAndZones(t *testing.T) {
	tree, err := region.Read(region.Source{Units: strings.NewReader(fewUnits)})
	if err != nil {
		t.Fatal(err)
	}
	if got := names(tree.Search(region.Query{Text: "大沙"})); len(got) != 1 || got[0] != "大沙镇" {
		t.Errorf("search by name = %v, want 大沙镇", got)
	}
	if got := tree.Search(region.Query{Text: "dasha"}); len(got) != 0 {
		t.Errorf("search by pinyin = %v, want nothing without readings", got)
	}
}

func TestReadRefuses(t *testing.T) {
	tests := []struct {
		name                   string
		units, readings, zones string
		want                   string // part of the message
	}{
		{"a code of three digits", unitsHead + "441,肇庆市,prefecture,44\n", "", "", "line 2"},
		{"a letter in a code", unitsHead + "4A,广东省,province,\n", "", "", "region.code.char"},
		{"a long form of a code", unitsHead + "441284105000,大沙镇,town,441284\n", "", "", "short form"},
		{"a level that does not fit", unitsHead + "44,广东省,county,\n", "", "", "level"},
		{"a foreign parent", unitsHead + "44,广东省,province,\n4412,肇庆市,prefecture,45\n", "", "", "parent"},
		{"a missing parent", unitsHead + "44,广东省,province,\n441284,四会市,county,4412\n", "", "", "no parent 4412"},
		{"no name", unitsHead + "44,,province,\n", "", "", "no name"},
		{"the same code twice", fewUnits + "441284,四会市,county,4412\n", "", "", "twice"},
		{"too many columns", unitsHead + "44,广东省,province,,\n", "", "", "4 unquoted columns"},
		{"quotes", unitsHead + "44,\"广东省\",province,\n", "", "", "unquoted"},
		{"a zone as unit", fewUnits + "Z441201,肇庆高新区,zone,4412\n", "", "", "level"},
		{"a reading with a tone", fewUnits, "text,readings\n沙,shā\n", "", "plain pinyin"},
		{"too few syllables", fewUnits, "text,readings\n番禺,pan\n", "", "one syllable"},
		{"an unknown member", fewUnits, "", zonesHead + "Z441201,甲,乙,4412,441284450\n", "441284450"},
		{"a member twice", fewUnits, "", zonesHead + "Z441201,甲,乙,4412,441284105 441284105\n", "twice"},
		{"no members", fewUnits, "", zonesHead + "Z441201,甲,乙,4412,\n", "no members"},
		{"a zone of another prefecture", fewUnits, "", zonesHead + "Z441201,甲,乙,4413,441284105\n", "prefecture"},
		{"a zone twice", fewUnits, "", zonesHead + strings.Repeat("Z441201,甲,乙,4412,441284105\n", 2), "line 3"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := region.Read(region.Source{
				Units:    strings.NewReader(tt.units),
				Readings: strings.NewReader(tt.readings),
				Zones:    strings.NewReader(tt.zones),
			})
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("Read error = %v, want one with %q", err, tt.want)
			}
		})
	}
}

func TestLoadNamesTheMissingFile(t *testing.T) {
	_, err := region.Load(fstest.MapFS{region.UnitsFile: {Data: []byte(fewUnits)}})
	if err == nil || !strings.Contains(err.Error(), region.ReadingsFile) {
		t.Errorf("Load error = %v, want one naming %s", err, region.ReadingsFile)
	}
}

func BenchmarkLoad(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := region.Load(os.DirFS("../../assets/regions")); err != nil {
			b.Fatal(err)
		}
	}
}
