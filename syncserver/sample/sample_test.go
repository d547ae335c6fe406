// SPDX-License-Identifier: Apache-2.0

package sample_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/google/go-cmp/cmp"

	"yuexin/assets"
	"yuexin/assets/fonts"
	"yuexin/shared/credit/consent"
	"yuexin/shared/credit/lending"
	"yuexin/shared/credit/receipt"
	"yuexin/shared/credit/subject"
	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/money"
	"yuexin/shared/region"
	"yuexin/shared/sync/hlc"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/record/memory"
	"yuexin/syncserver/plates"
	"yuexin/syncserver/sample"
)

var now = time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)

const policies = "../../assets/policies/"

func open(t testing.TB, name string) *os.File {
	t.Helper()
	f, err := os.Open(policies + name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	return f
}

func options(t testing.TB) sample.Options {
	t.Helper()
	tree, err := region.Load(assets.Regions())
	if err != nil {
		t.Fatal(err)
	}
	rules, err := lending.Parse(open(t, "lending-1.json"))
	if err != nil {
		t.Fatal(err)
	}
	wordings, err := consent.Parse(open(t, "consent-1.json"))
	if err != nil {
		t.Fatal(err)
	}
	return sample.Options{Seed: 7, Now: now, Regions: tree, Lending: rules, Consent: wordings}
}

func newPlan(t testing.TB, change func(*sample.Options)) *sample.Plan {
	t.Helper()
	o := options(t)
	if change != nil {
		change(&o)
	}
	p, err := sample.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// digest is a digest of everything that the steps of a plan say.
func digest(t testing.TB, p *sample.Plan) string {
	t.Helper()
	h := sha256.New()
	for step, err := range p.Steps() {
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintln(h, step.Role, step.Act.Name, step.Act.Scope, step.Act.Source)
		for _, w := range step.Act.Writes {
			write(h, w)
		}
	}
	return hex.EncodeToString(h.Sum(nil))
}

func write(h hash.Hash, w record.Write) {
	fmt.Fprintln(h, w.Op, w.Header)
	for _, f := range w.FieldNames() {
		fmt.Fprintf(h, "%s %x\n", f, w.Fields[f].AppendCanonical(nil))
	}
}

func TestSameSeedSameRecords(t *testing.T) {
	small := func(o *sample.Options) { o.Villages, o.Households = 3, 25 }
	first := digest(t, newPlan(t, small))
	if again := digest(t, newPlan(t, small)); again != first {
		t.Error("the same seed gave other records")
	}
	other := newPlan(t, func(o *sample.Options) { small(o); o.Seed = 8 })
	if digest(t, other) == first {
		t.Error("another seed gave the same records")
	}
}

// world is a store and all that a plan put into it.
type world struct {
	store      *memory.Store
	plan       *sample.Plan
	households []subject.Household
	members    []subject.Member
	merchants  []subject.Merchant
	plates     []plates.Plate
	rows       map[record.Kind][]record.Row
}

func (w *world) as(role record.Role) record.Store {
	return w.store.As(memory.Session{Actor: ident.Actor{byte(len(role))}, Role: role})
}

func (w *world) run(t testing.TB) sample.Progress {
	t.Helper()
	got, err := sample.Run(context.Background(), w.plan, func(r record.Role) sample.Applier { return w.as(r) }, nil)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func newWorld(t testing.TB, change func(*sample.Options)) *world {
	t.Helper()
	catalogue, err := record.ParseCatalogue(open(t, "catalogue-1.json"))
	if err != nil {
		t.Fatal(err)
	}
	access, err := record.ParseAccess(open(t, "access-1.json"))
	if err != nil {
		t.Fatal(err)
	}
	clock := func() hlc.Reading { return hlc.Reading{WallMS: now.UnixMilli()} }
	return &world{
		store: memory.New(memory.Options{Catalogue: catalogue, Access: access, Clock: clock, Lane: ident.Incarnation{7}}),
		plan:  newPlan(t, change),
	}
}

// filled returns a world of four villages with 60 households each.
func filled(t testing.TB) *world {
	t.Helper()
	w := newWorld(t, func(o *sample.Options) { o.Villages, o.Households = 4, 60 })
	w.run(t)
	w.read(t)
	return w
}

func (w *world) read(t testing.TB) {
	t.Helper()
	w.rows = map[record.Kind][]record.Row{}
	for _, kind := range []record.Kind{"unit", "org", "staff", "posting", "household", "member", "merchant", "plate", "demand", "demand_move", "consent"} {
		q := record.Query{Kind: kind, Limit: 500}
		for {
			rows, err := w.as("desk").List(context.Background(), q)
			if err != nil {
				t.Fatal(err)
			}
			w.rows[kind] = append(w.rows[kind], rows...)
			if len(rows) < q.Limit {
				break
			}
			q.After = rows[len(rows)-1].Header.ID
		}
	}
	for _, r := range w.rows["household"] {
		w.households = append(w.households, subject.HouseholdOf(r))
	}
	for _, r := range w.rows["member"] {
		w.members = append(w.members, subject.MemberOf(r))
	}
	for _, r := range w.rows["merchant"] {
		w.merchants = append(w.merchants, subject.MerchantOf(r))
	}
	for _, r := range w.rows["plate"] {
		w.plates = append(w.plates, plates.Of(r))
	}
}

func TestCounts(t *testing.T) {
	w := filled(t)
	got := map[record.Kind]int{}
	for _, kind := range []record.Kind{"unit", "org", "posting", "household", "merchant", "plate", "staff"} {
		got[kind] = len(w.rows[kind])
	}
	want := map[record.Kind]int{"unit": 4, "org": 5, "posting": 3, "household": 240, "merchant": 12, "plate": 240, "staff": 11}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if n := len(w.members); n < 450 || n > 800 {
		t.Errorf("%d members of 240 households, want about 620", n)
	}
}

func TestEverybodyIsMarked(t *testing.T) {
	for kind, rows := range filled(t).rows {
		for _, r := range rows {
			if !r.Bool("sample") {
				t.Fatalf("a %s is not marked as sample", kind)
			}
		}
	}
}

func TestPeopleArePlausible(t *testing.T) {
	w := filled(t)
	ids, phones := map[string]bool{}, map[string]bool{}
	checkID := func(id ident.ResidentID) {
		t.Helper()
		s := id.String()
		if ids[s] || s[14:17] != "000" {
			t.Errorf("resident id %s is there twice or could be real", id.Masked())
		}
		ids[s] = true
		if _, err := ident.ParseResidentID(s); err != nil {
			t.Error(err)
		}
	}
	checkPhone := func(m ident.Mobile) {
		t.Helper()
		if m.IsZero() {
			return
		}
		if phones[m.String()] || !strings.HasPrefix(m.String(), "1990000") {
			t.Errorf("phone %s is there twice or outside the block", m.Masked())
		}
		phones[m.String()] = true
	}
	home := 0
	for _, h := range w.households {
		if err := h.Check(); err != nil {
			t.Errorf("household: %v", err)
		}
		checkID(h.ResidentID)
		checkPhone(h.Phone)
		if age := h.ResidentID.Age(now); age < 29 || age > 76 {
			t.Errorf("head of %d years", age)
		}
		if h.ResidentID.Area() == "441284" {
			home++
		}
	}
	if home < len(w.households)*9/10 {
		t.Errorf("%d of %d heads have the area of their county", home, len(w.households))
	}
	for _, m := range w.members {
		if err := m.Check(); err != nil {
			t.Errorf("member: %v", err)
		}
		if !m.ResidentID.IsZero() {
			checkID(m.ResidentID)
		}
	}
	for _, m := range w.merchants {
		if err := m.Check(); err != nil || m.USCC.Prefix() != "92" || m.USCC.Area() != "000000" {
			t.Errorf("merchant: %v, code %s", err, m.USCC.Masked())
		}
		checkID(m.OperatorID)
		checkPhone(m.Phone)
	}
}

// TestAgesFitRelations compares the ages of families.
func TestAgesFitRelations(t *testing.T) {
	w := filled(t)
	heads, count := map[ident.Record]subject.Household{}, map[ident.Record]int64{}
	for _, h := range w.households {
		heads[h.Header.ID] = h
	}
	for _, m := range w.members {
		h, found := heads[m.Household]
		if !found || h.Header.Scope != m.Header.Scope {
			t.Fatal("a member without a household")
		}
		count[m.Household]++
		born, err := time.Parse(time.DateOnly, m.Birth)
		if err != nil || born.After(now) {
			t.Errorf("birth %s: %v", m.Birth, err)
			continue
		}
		year, _, _ := h.ResidentID.Birth()
		younger := born.Year() - year
		ok := map[string]bool{
			"spouse": younger >= -10 && younger <= 15, "child": younger >= 20 && younger <= 50,
			"child_in_law": younger >= 15 && younger <= 40, "grandchild": younger >= 40,
			"parent": younger <= -15, "sibling": younger >= -60 && younger <= 60,
		}
		if !ok[m.Relation] {
			t.Errorf("a %s is %d years younger than the head", m.Relation, younger)
		}
	}
	sum := int64(0)
	for id, h := range heads {
		if h.Population.Value != count[id]+1 || h.Labour.Value > h.Population.Value || h.Population.Value > 9 {
			t.Errorf("population %d, members %d, labour %d", h.Population.Value, count[id], h.Labour.Value)
		}
		sum += h.Population.Value
	}
	if mean := float64(sum) / float64(len(heads)); mean < 3.2 || mean > 4 {
		t.Errorf("%.2f persons per household, want about 3.6", mean)
	}
}

// TestFiguresAreInRange holds the figures against the ranges that they are made for.
func TestFiguresAreInRange(t *testing.T) {
	w := filled(t)
	var nets []money.Fen
	for _, h := range w.households {
		if !h.Year.Set {
			if fields := h.Fields(); len(fields["deposits"].String()) == 0 || !fields["deposits"].IsNone() || !fields["land_area"].IsNone() {
				t.Error("figures without a consent to them")
			}
			continue
		}
		income, err := h.TotalIncome()
		if err != nil {
			t.Fatal(err)
		}
		net := income - h.Cost.Production.Value
		nets = append(nets, net)
		if net < 2_900_000 || net > 15_100_000 {
			t.Errorf("net income %s", net.Text())
		}
		if h.Land.Value < 50 || h.Land.Value > 600 {
			t.Errorf("land %s", h.Land.Value.Text())
		}
		if debt, err := h.TotalDebt(); err != nil || debt < 0 || debt > 70_000_000 {
			t.Errorf("debt %s", debt.Text())
		}
	}
	slices.Sort(nets)
	if median := nets[len(nets)/2]; median < 6_000_000 || median > 8_000_000 {
		t.Errorf("median net income %s, want about 7万元", median.Text())
	}
	if share := len(nets) * 100 / len(w.households); share < 75 || share > 95 {
		t.Errorf("%d %% gave the separate consent", share)
	}
}

func TestHouseNumbersAndPlates(t *testing.T) {
	w := filled(t)
	doors, codes := map[string]bool{}, map[string]bool{}
	for _, h := range w.households {
		door := fmt.Sprint(h.Header.Scope, h.Group, h.HouseNo)
		if doors[door] || h.Group == "" || h.HouseNo == "" {
			t.Errorf("house number %s %s is there twice or empty", h.Group, h.HouseNo)
		}
		doors[door] = true
	}
	byHousehold := map[ident.Record]plates.Plate{}
	for _, p := range w.plates {
		code := fmt.Sprint(p.Header.Scope, p.Code)
		if codes[code] {
			t.Error("a plate code is there twice in its village")
		}
		codes[code], byHousehold[p.Household] = true, p
	}
	for _, h := range w.households {
		p := byHousehold[h.Header.ID]
		if string(p.Code) != h.PlateCode || p.Group != h.Group || p.HouseNo != h.HouseNo || p.Region != h.Region {
			t.Error("household and plate differ")
		}
	}
	issuer := plates.Issuer{Store: w.as("desk"), Now: now, Random: rand.NewChaCha8([32]byte{})}
	got, err := issuer.Issue(context.Background(), w.plan.Units()[0].Scope)
	if err != nil || len(got.New) != 0 || got.Kept != 60 {
		t.Errorf("issuing again made %d plates, kept %d: %v", len(got.New), got.Kept, err)
	}
}

func TestDemandsAreInEveryState(t *testing.T) {
	w := filled(t)
	o := options(t)
	moves := lending.Group(w.rows["demand_move"])
	states, receipts := map[lending.Status]int{}, map[receipt.Number]bool{}
	unassigned := 0
	for _, row := range w.rows["demand"] {
		d := lending.DemandOf(row)
		if err := o.Lending.Check(d); err != nil {
			t.Errorf("demand: %v", err)
		}
		if receipts[d.Receipt] {
			t.Error("a receipt number is there twice")
		}
		receipts[d.Receipt] = true
		s := o.Lending.Fold(moves[d.Header.ID])
		states[s.Status]++
		for _, step := range s.Steps {
			if !step.Counted || step.At > now.UnixMilli() {
				t.Errorf("a move to %s does not count or lies in the future", step.To)
			}
		}
		if s.Disbursed > s.Credited || s.Credited > d.Asked {
			t.Errorf("asked %v, credited %v, disbursed %v", d.Asked, s.Credited, s.Disbursed)
		}
		if d.Header.Scope == w.plan.Units()[3].Scope && s.Officer.IsZero() {
			unassigned++
		}
	}
	if len(states) < 8 || unassigned == 0 {
		t.Errorf("states %v, %d unassigned in the village without an officer", states, unassigned)
	}
}

func TestConsentsCoverTheFigures(t *testing.T) {
	w := filled(t)
	o := options(t)
	finance := map[ident.Subject]bool{}
	for _, row := range w.rows["consent"] {
		c := consent.Of(row)
		if err := o.Consent.Check(c); err != nil {
			t.Errorf("consent: %v", err)
		}
		if c.Purpose == "finance" {
			finance[c.Header.Subject] = true
		}
	}
	for _, h := range w.households {
		if h.Year.Set != finance[h.Header.Subject] {
			t.Error("figures and the consent to them do not go together")
		}
	}
}

// TestRunAgainContinues stops a run in the middle and runs it again, on another day.
func TestRunAgainContinues(t *testing.T) {
	size := func(o *sample.Options) { o.Villages, o.Households = 2, 30 }
	whole := newWorld(t, size)
	want := whole.run(t)

	broken := newWorld(t, size)
	left := 7
	_, err := sample.Run(context.Background(), broken.plan, func(r record.Role) sample.Applier {
		return failing{broken.as(r), &left}
	}, nil)
	if fault.KindOf(err) != fault.Unavailable {
		t.Fatalf("the run did not stop: %v", err)
	}
	broken.plan = newPlan(t, func(o *sample.Options) { size(o); o.Now = now.AddDate(0, 0, 3) })
	got := broken.run(t)
	if got.Before != 7 || got.Acts+got.Before != want.Acts || got.Households != want.Households {
		t.Errorf("second run: %+v, whole run: %+v", got, want)
	}
	again := broken.run(t)
	broken.read(t)
	whole.read(t)
	if again.Records != 0 {
		t.Errorf("a third run made %d records", again.Records)
	}
	for kind, rows := range whole.rows {
		if len(rows) != len(broken.rows[kind]) {
			t.Errorf("%d %s, want %d", len(broken.rows[kind]), kind, len(rows))
		}
	}
	for i, h := range whole.households {
		if broken.households[i].ResidentID != h.ResidentID || broken.households[i].HeadName != h.HeadName {
			t.Fatal("the second run made other people")
		}
	}
}

// failing applies so many acts and then nothing.
type failing struct {
	sample.Applier
	left *int
}

func (f failing) Apply(ctx context.Context, act record.Act) (record.Receipt, error) {
	if *f.left == 0 {
		return record.Receipt{}, fault.New(fault.Unavailable, "")
	}
	*f.left--
	return f.Applier.Apply(ctx, act)
}

// TestLimits looks at the steps of another town, without keeping them.
func TestLimits(t *testing.T) {
	p := newPlan(t, func(o *sample.Options) { o.Town, o.Villages, o.Households = "441226103", 2, 1500 })
	ids := map[ident.Record]bool{}
	households := 0
	for step, err := range p.Steps() {
		if err != nil {
			t.Fatal(err)
		}
		if err := step.Act.Check(); err != nil || len(step.Act.Writes) > 100 {
			t.Fatalf("%s: %d writes, %v", step.Act.Name, len(step.Act.Writes), err)
		}
		households += step.Households
		for _, w := range step.Act.Writes {
			if ids[w.Header.ID] {
				t.Fatalf("a %s has an id that is taken", w.Header.Kind)
			}
			ids[w.Header.ID] = true
		}
	}
	if households != 3000 {
		t.Errorf("%d households", households)
	}
}

func TestNamesCanBePrinted(t *testing.T) {
	w := filled(t)
	rare := 0
	for _, h := range w.households {
		if missing := fonts.Missing(h.HeadName); len(missing) > 0 {
			t.Errorf("the face lacks %q", missing)
		}
		if n := len([]rune(h.HeadName)); n < 2 || n > 4 || strings.IndexFunc(h.HeadName, func(r rune) bool { return !unicode.Is(unicode.Han, r) }) >= 0 {
			t.Error("a name that is none")
		}
		if strings.ContainsAny(h.HeadName, "塱埗崀輋漖洊谿㘵榃埇塝湻") {
			rare++
		}
	}
	if rare == 0 {
		t.Error("no name has a rare character")
	}
}

func TestRefusedOptions(t *testing.T) {
	tests := []struct {
		name   string
		change func(*sample.Options)
		want   fault.Kind
	}{
		{"no such town", func(o *sample.Options) { o.Town = "441284199" }, fault.NotFound},
		{"not a code", func(o *sample.Options) { o.Town = "四会" }, fault.Invalid},
		{"too many", func(o *sample.Options) { o.Households = sample.MaxHouseholds + 1 }, fault.TooLarge},
		{"fewer than none", func(o *sample.Options) { o.Households = -1 }, fault.TooLarge},
		{"one village is a town of one", func(o *sample.Options) { o.Town = "441284105203" }, fault.OK},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			o := options(t)
			tt.change(&o)
			if _, err := sample.New(o); fault.KindOf(err) != tt.want {
				t.Errorf("error %v, want %v", err, tt.want)
			}
		})
	}
}

func TestDefaultIsTheWholeTown(t *testing.T) {
	p := newPlan(t, nil)
	if got := len(p.Units()); got != 16 || p.Households != sample.DefaultHouseholds {
		t.Errorf("%d villages with %d households", got, p.Households)
	}
	if got := p.Units()[0]; got.Code != "441284105001" || got.Scope != ident.UnitScope(got.Unit) {
		t.Errorf("first village %+v", got)
	}
	if got := p.People()[6]; got.Role != "cadre" || !slices.Equal(got.Scopes, []ident.Scope{p.Units()[0].Scope}) {
		t.Errorf("first cadre %+v", got)
	}
}

// BenchmarkSteps measures making a thousand households.
func BenchmarkSteps(b *testing.B) {
	p := newPlan(b, func(o *sample.Options) { o.Villages, o.Households = 2, 500 })
	for b.Loop() {
		for _, err := range p.Steps() {
			if err != nil {
				b.Fatal(err)
			}
		}
	}
}
