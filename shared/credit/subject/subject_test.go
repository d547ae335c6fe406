// SPDX-License-Identifier: Apache-2.0

package subject_test

import (
	"bytes"
	"io/fs"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"yuexin/assets"
	"yuexin/shared/credit/subject"
	"yuexin/shared/fault"
	"yuexin/shared/i18n"
	"yuexin/shared/ident"
	"yuexin/shared/money"
	"yuexin/shared/sync/record"
)

var header = record.Header{ID: ident.Record{1}, Scope: "unit:test", Subject: ident.Subject{2}}

// rowOf is what a store would show after a creation.
func rowOf(w record.Write) record.Row {
	r := record.Row{Header: w.Header, Fields: make(map[record.Field]record.FieldState)}
	for f, v := range w.Fields {
		r.Fields[f] = record.FieldState{Value: v}
	}
	return r
}

func mustID(t testing.TB, text string) ident.ResidentID {
	t.Helper()
	id, err := ident.ParseResidentID(text)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func mustPhone(t testing.TB, text string) ident.Mobile {
	t.Helper()
	m, err := ident.ParseMobile(text)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func mustUSCC(t testing.TB, text string) ident.USCC {
	t.Helper()
	c, err := ident.ParseUSCC(text)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func household(t testing.TB) subject.Household {
	fen := func(yuan int64) subject.Known[money.Fen] { return subject.Of(money.Fen(yuan * 100)) }
	return subject.Household{
		Header: header, HeadName: "陈大文", ResidentID: mustID(t, "441284197203150002"), Phone: mustPhone(t, "19900001234"),
		Address: "第三组 12 号", Region: "441284105203", Group: "第三组", HouseNo: "12", PlateCode: "4K7M2QXA",
		Population: subject.Of[int64](4), Labour: subject.Of[int64](2), MainTrade: "planting",
		Trades: []string{"planting"}, Crops: []string{"gonggan", "rice"}, Land: subject.Of(money.Area(230)),
		Houses: subject.Of[int64](1), Housing: subject.Of[int64](120), Year: subject.Of[int64](2025),
		Income:   subject.Income{fen(1), fen(2), fen(3), fen(4), fen(5)},
		Cost:     subject.Cost{Production: fen(10), Living: fen(20), Education: fen(30), Pension: fen(0), Other: fen(40)},
		Deposits: fen(0), DebtOwnBank: fen(7), DebtOtherBank: fen(8), DebtPrivate: fen(9), Payables: fen(0), Guarantees: fen(50),
		Assisted: true, AssistRole: "volunteer", AssistName: "李国强", Remark: "示例", Form: "household 1", Sample: true,
	}
}

func merchant(t testing.TB) subject.Merchant {
	fen := func(yuan int64) subject.Known[money.Fen] { return subject.Of(money.Fen(yuan * 100)) }
	return subject.Merchant{
		Header: header, BusinessName: "茗香茶行", OperatorName: "周一", OperatorID: mustID(t, "440103198807210002"),
		USCC: mustUSCC(t, "92000000MA00000154"), Phone: mustPhone(t, "19900005678"), Address: "芳村", Region: "440103018001",
		Industry: "tea", Market: "芳村茶叶市场", Stall: "A12", Opened: "2019-03-08", Employees: subject.Of[int64](3),
		Revenue: fen(100), Cost: fen(90), DebtBank: fen(10), DebtPrivate: fen(0), Demand: fen(50),
		PlateCode: "4K7M2QXA", Assisted: true, AssistRole: "relative", AssistName: "李国强", Remark: "示例", Form: "merchant 1", Sample: true,
	}
}

func member(t testing.TB) subject.Member {
	return subject.Member{
		Header: header, Household: ident.Record{9}, FullName: "李秀兰", Relation: "spouse",
		ResidentID: mustID(t, "44122319720315000X"), Birth: "1972-03-15", Phone: mustPhone(t, "19900002345"),
		Work: "farming", Ability: "full", Sample: true,
	}
}

// TestRoundTrip also proves that every field of the types has its column: nothing is left at zero here.
func TestRoundTrip(t *testing.T) {
	opts := cmp.Options{cmp.AllowUnexported(ident.ResidentID{}, ident.Mobile{}, ident.USCC{})}
	h, m, p := household(t), merchant(t), member(t)
	h.Header.Kind, m.Header.Kind, p.Header.Kind = subject.KindHousehold, subject.KindMerchant, subject.KindMember
	if diff := cmp.Diff(h, subject.HouseholdOf(rowOf(h.Create())), opts); diff != "" {
		t.Errorf("household (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(m, subject.MerchantOf(rowOf(m.Create())), opts); diff != "" {
		t.Errorf("merchant (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(p, subject.MemberOf(rowOf(p.Create())), opts); diff != "" {
		t.Errorf("member (-want +got):\n%s", diff)
	}
}

// surveyed is what only the surveys ask or compute: no rule reads it, and screens take it from the row.
var surveyed = map[record.Kind][]record.Field{subject.KindHousehold: {
	"marriage", "phone_other", "household_type", "land_used", "house_value", "apartments", "cars", "assets_other", "deposits_other",
	"receivables", "deposit_average", "overdue_times", "conduct",
	"assets_total", "debts_total", "net_assets", "income_total", "cost_total", "net_income",
}, subject.KindMerchant: {
	"actual_operator", "operating", "capital", "socially_insured", "business_scope", "growth", "famed", "position", "barred", "completeness",
}}

// TestFieldsAreInCatalogue: all that is written is known, with the right type, and nothing of the kind is forgotten but what
// is surveyed or attached.
func TestFieldsAreInCatalogue(t *testing.T) {
	data, err := fs.ReadFile(assets.Folder("policies"), "catalogue-1.json")
	if err != nil {
		t.Fatal(err)
	}
	cat, err := record.ParseCatalogue(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range []record.Write{household(t).Create(), merchant(t).Create(), member(t).Create()} {
		def, ok := cat.Kind(w.Header.Kind)
		if !ok {
			t.Fatalf("no kind %s", w.Header.Kind)
		}
		fields := slices.DeleteFunc(slices.Clone(def.Fields), func(f record.FieldDef) bool {
			return f.Format == record.FormatBlob || slices.Contains(surveyed[w.Header.Kind], f.Name)
		})
		for _, f := range fields {
			if v, written := w.Fields[f.Name]; !written || v.Type() != f.Format.Type() {
				t.Errorf("%s.%s: written %v as type %d, want %d", w.Header.Kind, f.Name, written, v.Type(), f.Format.Type())
			}
		}
		if len(w.Fields) != len(fields) {
			t.Errorf("%s: %d fields written, the catalogue has %d", w.Header.Kind, len(w.Fields), len(fields))
		}
	}
}

func TestChanges(t *testing.T) {
	before := household(t)
	row := rowOf(before.Create())
	tests := []struct {
		name string
		edit func(*subject.Household)
		want map[record.Field]record.Value
	}{
		{"nothing", func(*subject.Household) {}, nil},
		{"phone", func(h *subject.Household) { h.Phone = mustPhone(t, "19900009999") }, map[record.Field]record.Value{"phone": record.OfText("19900009999")}},
		{"cleared", func(h *subject.Household) { h.Remark = "" }, map[record.Field]record.Value{"remark": {}}},
		{"not known any more", func(h *subject.Household) { h.Deposits = subject.Known[money.Fen]{} }, map[record.Field]record.Value{"deposits": {}}},
		{"zero is known", func(h *subject.Household) { h.Guarantees = subject.Of(money.Fen(0)) }, map[record.Field]record.Value{"guarantees": record.OfInt(0)}},
		{"set in another order", func(h *subject.Household) { h.Crops = []string{"rice", "gonggan"} }, nil},
		{"set", func(h *subject.Household) { h.Crops = []string{"rice"} }, map[record.Field]record.Value{"crops": record.OfSet("rice")}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			after := subject.HouseholdOf(row)
			tt.edit(&after)
			w, some := after.Changes(row)
			if some != (len(tt.want) > 0) || w.Op != record.Edit {
				t.Errorf("some = %v, op = %d", some, w.Op)
			}
			if len(w.Fields) != len(tt.want) {
				t.Errorf("fields = %v", w.FieldNames())
			}
			for f, v := range tt.want {
				if got, ok := w.Fields[f]; !ok || !got.Equal(v) {
					t.Errorf("%s is not as wanted", f)
				}
			}
		})
	}
}

func TestChangesLeavesUnreadableValues(t *testing.T) {
	row := rowOf(household(t).Create())
	row.Fields["phone"] = record.FieldState{Value: record.OfText("no phone"), Disputed: true}
	h := subject.HouseholdOf(row)
	if !h.Phone.IsZero() {
		t.Errorf("phone = %v", h.Phone)
	}
	if w, some := h.Changes(row); some {
		t.Errorf("changes %v of an untouched record", w.FieldNames())
	}
	h.Phone = mustPhone(t, "19900001234")
	if w, _ := h.Changes(row); len(w.InDispute) != 1 || w.InDispute[0] != "phone" {
		t.Errorf("InDispute = %v, want phone", w.InDispute)
	}
}

func TestCheck(t *testing.T) {
	texts, err := i18n.Load(assets.Locales())
	if err != nil {
		t.Fatal(err)
	}
	edit := func(f func(*subject.Household)) error { h := household(t); f(&h); return h.Check() }
	editMember := func(f func(*subject.Member)) error { m := member(t); f(&m); return m.Check() }
	editMerchant := func(f func(*subject.Merchant)) error { m := merchant(t); f(&m); return m.Check() }
	tests := []struct {
		name string
		err  error
		want []string // key and field
	}{
		{"good household", edit(func(*subject.Household) {}), nil},
		{"no name", edit(func(h *subject.Household) { h.HeadName = " " }), []string{"subject.name head_name"}},
		{"long name", edit(func(h *subject.Household) { h.HeadName = string(bytes.Repeat([]byte("陈"), 61)) }), []string{"subject.name_long head_name"}},
		{"labour above population", edit(func(h *subject.Household) { h.Labour.Value = 5 }), []string{"subject.labour labour"}},
		{"two at once", edit(func(h *subject.Household) { h.DebtPrivate.Value, h.Year.Value = -1, 25 }), []string{"subject.year figures_year", "subject.negative debt_private"}},
		{"good member", editMember(func(*subject.Member) {}), nil},
		{"no household", editMember(func(m *subject.Member) { m.Household = ident.Record{} }), []string{"subject.household household"}},
		{"birth against number", editMember(func(m *subject.Member) { m.Birth = "1972-03-16" }), []string{"subject.birth birth_date"}},
		{"good merchant", editMerchant(func(*subject.Merchant) {}), nil},
		{"bad merchant", editMerchant(func(m *subject.Merchant) { m.BusinessName, m.Revenue.Value = "", -1 }), []string{"subject.name name", "subject.negative yearly_revenue"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got []string
			if tt.err != nil {
				for _, f := range fault.All(tt.err) {
					got = append(got, f.Key+" "+f.Field)
					if message, hint := texts.Printer(i18n.En).Explain(f); message == "" || hint == "" || f.Kind != fault.Invalid {
						t.Errorf("%s is not explained", f.Key)
					}
				}
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("faults (-want +got):\n%s", diff)
			}
		})
	}
	if got := texts.Missing(); len(got) > 0 {
		t.Errorf("missing texts: %v", got)
	}
}

func TestTotals(t *testing.T) {
	h := household(t)
	income, err1 := h.TotalIncome()
	cost, err2 := h.TotalCost()
	debt, err3 := h.TotalDebt()
	if income != 1500 || cost != 10000 || debt != 2400 || err1 != nil || err2 != nil || err3 != nil {
		t.Errorf("totals = %d, %d, %d", income, cost, debt)
	}
	h.Income.Other = subject.Of(money.Fen(1<<63 - 1))
	if _, err := h.TotalIncome(); !fault.Is(err, fault.Invalid) {
		t.Errorf("overflow: %v", err)
	}
}

func TestNames(t *testing.T) {
	m := merchant(t)
	if got := m.Name(); got != "茗香茶行" {
		t.Errorf("name = %q", got)
	}
	m.BusinessName = ""
	if got := m.Name(); got != "周一" {
		t.Errorf("name = %q", got)
	}
	if h, p := household(t), member(t); h.Name() != "陈大文" || p.Name() != "李秀兰" {
		t.Errorf("names = %q, %q", h.Name(), p.Name())
	}
}

// TestChangesMakesAfter: applying the changes to the row always gives what was wanted.
func TestChangesMakesAfter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		draw := func(name string) subject.Household {
			h := subject.Household{Header: header, HeadName: rapid.String().Draw(t, name), Assisted: rapid.Bool().Draw(t, name)}
			h.Crops = rapid.SliceOf(rapid.StringMatching("[a-c]")).Draw(t, name)
			h.Land = subject.Known[money.Area]{Set: rapid.Bool().Draw(t, name)}
			if h.Land.Set {
				h.Land.Value = money.Area(rapid.Int64().Draw(t, name))
			}
			return h
		}
		row, after := rowOf(draw("before").Create()), draw("after")
		w, _ := after.Changes(row)
		for f, v := range w.Fields {
			row.Fields[f] = record.FieldState{Value: v}
		}
		if w, some := after.Changes(row); some {
			t.Fatalf("still changes %v", w.FieldNames())
		}
	})
}
