// SPDX-License-Identifier: Apache-2.0

package plate_test

import (
	"os"
	"reflect"
	"strings"
	"testing"

	"yuexin/shared/credit/plate"
	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
)

func policyText(t *testing.T) string {
	t.Helper()
	raw, err := os.ReadFile("../../../assets/policies/plates-1.json")
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

func TestWordingOfAPlace(t *testing.T) {
	p, err := plate.ParsePolicy(strings.NewReader(policyText(t)))
	if err != nil {
		t.Fatal(err)
	}
	here, there := p.Wording("441284105205"), p.Wording("440103001001")
	if here[plate.SaysScan] == there[plate.SaysScan] || here[plate.SaysTitle] != there[plate.SaysTitle] {
		t.Errorf("Zhaoqing says %v, Guangzhou %v", here[plate.SaysScan], there[plate.SaysScan])
	}
	if !p.ByOffice(plate.Void) || p.ByOffice(plate.PutUp) {
		t.Errorf("the office decides %v", p.Office)
	}
}

func TestPoliciesThatAreRefused(t *testing.T) {
	good := policyText(t)
	for name, change := range map[string][2]string{
		"no version":     {`"version": 1`, `"version": 0`},
		"unknown deed":   {`["split", "merge"`, `["sell", "merge"`},
		"a text is gone": {`"host":      {"zh-Hans": "官方网址", "en": "Official address"},`, ``},
		"unknown text":   {`"host": `, `"ghost": `},
		"a place twice":  {`"place": "4412"`, `"place": ""`},
		"no place":       {`"place": "4412"`, `"place": "Zhaoqing"`},
		"too long":       {`不显示任何个人信息`, strings.Repeat("长", 41)},
		"empty":          {`不显示任何个人信息`, ``},
		"unknown field":  {`"version": 1`, `"version": 1, "colour": "red"`},
	} {
		bad := strings.Replace(good, change[0], change[1], 1)
		if bad == good {
			t.Fatalf("%s: nothing was changed", name)
		}
		if _, err := plate.ParsePolicy(strings.NewReader(bad)); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
}

func TestAsk(t *testing.T) {
	whole := plate.Ask{Plate: ident.Record{1}, Reason: "雨淋破损", AtMS: 7}
	with := func(d plate.Deed, change func(*plate.Ask)) plate.Ask {
		a := whole
		a.Deed = d
		change(&a)
		return a
	}
	for _, tt := range []struct {
		name string
		ask  plate.Ask
		want string
	}{
		{"put up", with(plate.PutUp, func(a *plate.Ask) { a.Fix, a.Photo = "23.046947,112.465012,5,gnss", record.OfBytes([]byte{1}) }), ""},
		{"no photo", with(plate.PutUp, func(a *plate.Ask) { a.Fix = "23.046947,112.465012,5,gnss" }), "plate.photo"},
		{"no position", with(plate.PutUp, func(a *plate.Ask) { a.Photo = record.OfBytes([]byte{1}) }), "plate.position"},
		{"bind nobody", with(plate.Bind, func(*plate.Ask) {}), "plate.households"},
		{"bind two", with(plate.Bind, func(a *plate.Ask) { a.Households = []ident.Record{{2}, {3}} }), ""},
		{"renew", with(plate.Renew, func(*plate.Ask) {}), ""},
		{"no reason", with(plate.Renew, func(a *plate.Ask) { a.Reason = " " }), "plate.reason"},
		{"a long reason", with(plate.Void, func(a *plate.Ask) { a.Reason = strings.Repeat("长", 201) }), "plate.reason"},
		{"split", with(plate.Split, func(a *plate.Ask) { a.Numbers = []string{"12号", "12-1号"} }), ""},
		{"split into one", with(plate.Split, func(a *plate.Ask) { a.Numbers = []string{"12号"} }), "plate.numbers"},
		{"one number twice", with(plate.Split, func(a *plate.Ask) { a.Numbers = []string{"12号", "12号"} }), "plate.numbers"},
		{"merge", with(plate.Merge, func(a *plate.Ask) { a.Into = ident.Record{9} }), ""},
		{"merge with itself", with(plate.Merge, func(a *plate.Ask) { a.Into = a.Plate }), "plate.into"},
		{"foreign", with(plate.Foreign, func(a *plate.Ask) { a.Foreign, a.Reason = "F00", "" }), ""},
		{"no foreign code", with(plate.Foreign, func(*plate.Ask) {}), "plate.foreign"},
		{"sell", with("sell", func(*plate.Ask) {}), "plate.deed"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			write, err := tt.ask.Create()
			if err != nil || tt.want != "" {
				if err == nil || fault.From(err).Key != tt.want {
					t.Fatalf("got %v, want %q", err, tt.want)
				}
				return
			}
			row := record.Row{Header: write.Header, Fields: map[record.Field]record.FieldState{}}
			for f, v := range write.Fields {
				row.Fields[f] = record.FieldState{Value: v}
			}
			back := plate.AskOf(row)
			back.Header = record.Header{}
			if !reflect.DeepEqual(back, tt.ask) {
				t.Errorf("wrote %+v, read %+v", tt.ask, back)
			}
		})
	}
}
