// SPDX-License-Identifier: Apache-2.0

package plates_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"yuexin/shared/credit/doorplate"
	"yuexin/shared/credit/plate"
	"yuexin/shared/credit/subject"
	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/hlc"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/record/memory"
	"yuexin/syncserver/plates"
)

var (
	now  = time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	fuxi = ident.UnitScope(ident.Unit{1})
)

const publicURL = "https://xy.gdnybank.cn"

// policy opens a policy file of the assets.
func policy(t testing.TB, name string) io.Reader {
	t.Helper()
	f, err := os.Open("../../assets/policies/" + name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	return f
}

// platePolicy is the policy of plates in assets.
func platePolicy(t testing.TB) *plate.Policy {
	t.Helper()
	p, err := plate.ParsePolicy(policy(t, "plates-1.json"))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func newStore(t testing.TB) record.Store {
	t.Helper()
	catalogue, err := record.ParseCatalogue(policy(t, "catalogue-1.json"))
	if err != nil {
		t.Fatal(err)
	}
	access, err := record.ParseAccess(policy(t, "access-1.json"))
	if err != nil {
		t.Fatal(err)
	}
	clock := func() hlc.Reading { return hlc.Reading{WallMS: now.UnixMilli()} }
	store := memory.New(memory.Options{Catalogue: catalogue, Access: access, Clock: clock, Lane: ident.Incarnation{7}})
	return store.As(memory.Session{Actor: ident.Actor{3}, Role: "desk"})
}

// house is a household at a door.
type house struct {
	group, number string
	sample        bool
}

func addHouses(t testing.TB, store record.Store, first byte, houses ...house) {
	t.Helper()
	act := record.Act{Name: "household.register", Scope: fuxi}
	for i, h := range houses {
		act.Writes = append(act.Writes, subject.Household{
			Header:   record.Header{ID: ident.Record{first, byte(i)}, Scope: fuxi, Subject: ident.Subject{first, byte(i)}},
			HeadName: "示例", Region: "441284105203", Group: h.group, HouseNo: h.number, Sample: h.sample,
		}.Create())
	}
	if _, err := store.Apply(context.Background(), act); err != nil {
		t.Fatal(err)
	}
}

func issue(t testing.TB, store record.Store, seed byte) plates.Issuance {
	t.Helper()
	i := plates.Issuer{Store: store, Now: now, Random: rand.NewChaCha8([32]byte{seed})}
	got, err := i.Issue(context.Background(), fuxi)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func openKeys(t testing.TB) *plates.Keys {
	t.Helper()
	keys, err := plates.OpenKeys(t.TempDir(), now, rand.NewChaCha8([32]byte{1}))
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

func TestIssue(t *testing.T) {
	ctx, store := context.Background(), newStore(t)
	addHouses(t, store, 1, house{"三组", "12号", true}, house{"三组", "13号", true}, house{"三组", "12号", true}, house{"", "", true})

	first := issue(t, store, 1)
	if len(first.New) != 2 || first.Kept != 0 || first.Without != 1 || len(first.Codes) != 3 {
		t.Fatalf("first: %d new, %d kept, %d without, %d codes", len(first.New), first.Kept, first.Without, len(first.Codes))
	}
	second := issue(t, store, 2)
	if len(second.New) != 0 || second.Kept != 2 {
		t.Fatalf("second: %d new, %d kept", len(second.New), second.Kept)
	}
	if diff := cmp.Diff(first.Codes, second.Codes); diff != "" {
		t.Error(diff)
	}
	for id, code := range first.Codes {
		row, err := store.Get(ctx, id)
		if err != nil {
			t.Fatal(err)
		}
		if got := doorplate.Code(row.Text("plate_code")).String(); got != code {
			t.Errorf("household has code %s, want %s", got, code)
		}
	}
	if first.Codes[ident.Record{1, 0}] != first.Codes[ident.Record{1, 2}] {
		t.Error("two households of one house number got two plates")
	}

	addHouses(t, store, 2, house{"三组", "14号", true}, house{"三组", "13号", true})
	third := issue(t, store, 3)
	if len(third.New) != 1 || third.Kept != 2 || third.Codes[ident.Record{2, 1}] != first.Codes[ident.Record{1, 1}] {
		t.Errorf("third: %d new, %d kept", len(third.New), third.Kept)
	}
	listed, err := plates.List(ctx, store, fuxi)
	if err != nil || len(listed) != 3 {
		t.Fatalf("%d plates, %v", len(listed), err)
	}
	for _, p := range listed {
		if p.Code != doorplate.CodeOf(p.Handle) || p.State != plates.Issued || p.IssueDay != "2026-11-22" || !p.Sample || p.Issue != 1 {
			t.Errorf("plate %+v", p)
		}
	}
}

// narrow repeats its first 16 bytes once, so that the second plate would get the handle of the first.
type narrow struct {
	rest io.Reader
	seen []byte
	left int
}

func (n *narrow) Read(p []byte) (int, error) {
	if len(p) == doorplate.HandleSize && n.left > 0 {
		n.left--
		if n.seen == nil {
			n.seen = bytes.Repeat([]byte{5}, doorplate.HandleSize)
		}
		return copy(p, n.seen), nil
	}
	return n.rest.Read(p)
}

func TestCodeIsUniqueInItsVillage(t *testing.T) {
	store := newStore(t)
	addHouses(t, store, 1, house{"一组", "1号", true}, house{"一组", "2号", true})
	i := plates.Issuer{Store: store, Now: now, Random: &narrow{rest: rand.NewChaCha8([32]byte{1}), left: 2}}
	got, err := i.Issue(context.Background(), fuxi)
	if err != nil {
		t.Fatal(err)
	}
	if len(got.New) != 2 || got.New[0].Code == got.New[1].Code {
		t.Errorf("codes %v", got.Codes)
	}

	stuck := plates.Issuer{Store: newStore(t), Now: now, Random: &narrow{rest: rand.NewChaCha8([32]byte{1}), left: 99}}
	addHouses(t, stuck.Store, 1, house{"一组", "1号", true}, house{"一组", "2号", true})
	if _, err := stuck.Issue(context.Background(), fuxi); fault.From(err).Key != "doorplate.handle.random" {
		t.Errorf("a source that repeats itself: %v", err)
	}
}

func TestIssueRefused(t *testing.T) {
	store := newStore(t)
	addHouses(t, store, 1, house{"一组", "1号", true})
	i := plates.Issuer{Store: refusing{store}, Now: now, Random: rand.NewChaCha8([32]byte{1})}
	if _, err := i.Issue(context.Background(), fuxi); fault.KindOf(err) != fault.Conflict {
		t.Errorf("error %v", err)
	}
}

type refusing struct{ record.Store }

func (refusing) Apply(context.Context, record.Act) (record.Receipt, error) {
	return record.Receipt{Outcome: record.Rejected, Reason: "record.exists"}, nil
}

func TestLargeVillage(t *testing.T) {
	store := newStore(t)
	for b := range byte(4) {
		var houses []house
		for i := range 100 {
			houses = append(houses, house{fmt.Sprint(b+1, "组"), fmt.Sprint(i+1, "号"), true})
		}
		addHouses(t, store, b+1, houses...)
	}
	if got := issue(t, store, 1); len(got.New) != 400 {
		t.Fatalf("%d plates", len(got.New))
	}
	if got := issue(t, store, 2); got.Kept != 400 {
		t.Fatalf("%d kept", got.Kept)
	}
}

func newPrinter(t testing.TB, store record.Store, keys *plates.Keys) plates.Printer {
	t.Helper()
	journal, err := plates.OpenJournal(filepath.Join(t.TempDir(), "prints.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	return plates.Printer{Store: store, Signer: keys.Signer(), CardKey: keys.CardKey(), Journal: journal, Policy: platePolicy(t)}
}

func order(form plates.Form) plates.Order {
	return plates.Order{Village: fuxi, Name: "富溪村", Form: form, PublicURL: publicURL, By: ident.Actor{3}, Now: now}
}

// TestReadBackByZbar prints plates and cards and reads them as a phone would.
func TestReadBackByZbar(t *testing.T) {
	store, keys := newStore(t), openKeys(t)
	addHouses(t, store, 1, house{"三组", "12号", false}, house{"三组", "2号", false}, house{"十一组", "1号", false})
	issued := issue(t, store, 1)
	set, err := keys.Set()
	if err != nil {
		t.Fatal(err)
	}
	p := newPrinter(t, store, keys)
	for _, form := range []plates.Form{plates.Doorplates, plates.Cards} {
		t.Run(string(form), func(t *testing.T) {
			var pdf bytes.Buffer
			n, err := p.Print(context.Background(), &pdf, order(form))
			if err != nil || n != 3 {
				t.Fatalf("printed %d, %v", n, err)
			}
			var got, want []string
			for _, text := range scan(t, pdf.Bytes()) {
				token, err := doorplate.Parse(text)
				if err != nil {
					t.Fatal(err)
				}
				plate, err := doorplate.Verify(set, token)
				if err != nil {
					t.Fatal(err)
				}
				if plate.IssueDay.String() != "2026-11-22" {
					t.Errorf("day %s", plate.IssueDay)
				}
				got = append(got, plate.Handle.String())
			}
			for _, plate := range issued.New {
				want = append(want, plate.Handle.String())
			}
			slices.Sort(got)
			slices.Sort(want)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// scan renders a document and returns every code that zbar finds in it.
func scan(t *testing.T, document []byte) []string {
	t.Helper()
	dir := t.TempDir()
	file := filepath.Join(dir, "sheet.pdf")
	if err := os.WriteFile(file, document, 0o600); err != nil {
		t.Fatal(err)
	}
	run(t, "poppler-utils", "pdftoppm", "-r", "200", "-gray", "-png", file, filepath.Join(dir, "page"))
	pages, err := filepath.Glob(filepath.Join(dir, "page-*.png"))
	if err != nil {
		t.Fatal(err)
	}
	var texts []string
	for _, page := range pages[:len(pages)-1] { // the last is the index
		out := run(t, "zbar-tools", "zbarimg", "--quiet", "--raw", page)
		texts = append(texts, strings.Fields(out)...)
	}
	return texts
}

func run(t *testing.T, aptPackage, name string, args ...string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Fatalf("%s is missing: apt-get install %s", name, aptPackage)
	}
	out, err := exec.Command(path, args...).Output()
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return string(out)
}

func TestPrintRefusals(t *testing.T) {
	real := []house{{"三组", "12号", false}}
	sample := []house{{"三组", "12号", true}}
	tests := []struct {
		name   string
		houses []house
		change func(*plates.Order)
		want   string
	}{
		{"sample anywhere", sample, func(o *plates.Order) { o.PublicURL = "http://192.168.1.5:8080" }, ""},
		{"real over http", real, func(o *plates.Order) { o.PublicURL = "http://xy.gdnybank.cn" }, "doorplate.base.insecure"},
		{"real with an address", real, func(o *plates.Order) { o.PublicURL = "https://10.0.0.1" }, "doorplate.base.address"},
		{"real on localhost", real, func(o *plates.Order) { o.PublicURL = "https://localhost" }, "doorplate.base.private"},
		{"real for good", real, func(*plates.Order) {}, ""},
		{"mixed", append(slices.Clone(sample), house{"三组", "13号", false}), func(*plates.Order) {}, "plates.real"},
		{"none", nil, func(*plates.Order) {}, "platesheet.empty"},
		{"no such code", real, func(o *plates.Order) { o.Codes = []doorplate.Code{"00000000"} }, "platesheet.empty"},
		{"unknown form", real, func(o *plates.Order) { o.Form = "stickers" }, "fault.unsupported"},
		{"no public address", real, func(o *plates.Order) { o.PublicURL = "" }, "doorplate.base.scheme"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			store := newStore(t)
			if len(tt.houses) > 0 {
				addHouses(t, store, 1, tt.houses...)
			}
			issue(t, store, 1)
			p, o := newPrinter(t, store, openKeys(t)), order(plates.Doorplates)
			tt.change(&o)
			var out bytes.Buffer
			_, err := p.Print(context.Background(), &out, o)
			if got := key(err); got != tt.want {
				t.Fatalf("error %v, want %q", err, tt.want)
			}
			if err != nil && out.Len() > 0 {
				t.Error("something was written all the same")
			}
		})
	}
}

func key(err error) string {
	if err == nil {
		return ""
	}
	return fault.From(err).Key
}

func TestReprintNeedsAReason(t *testing.T) {
	ctx, store := context.Background(), newStore(t)
	addHouses(t, store, 1, house{"三组", "12号", true}, house{"三组", "13号", true})
	codes := issue(t, store, 1).New
	path := filepath.Join(t.TempDir(), "prints.jsonl")
	reopened := func() plates.Printer {
		journal, err := plates.OpenJournal(path)
		if err != nil {
			t.Fatal(err)
		}
		return plates.Printer{Store: store, Signer: openKeys(t).Signer(), Journal: journal, Policy: platePolicy(t)}
	}
	one := order(plates.Doorplates)
	one.Codes = []doorplate.Code{codes[0].Code}
	if n, err := reopened().Print(ctx, io.Discard, one); err != nil || n != 1 {
		t.Fatalf("first: %d, %v", n, err)
	}
	if _, err := reopened().Print(ctx, io.Discard, order(plates.Cards)); err != nil {
		t.Fatalf("the first card: %v", err)
	}
	all := order(plates.Doorplates)
	if _, err := reopened().Print(ctx, io.Discard, all); key(err) != "plates.reason" {
		t.Fatalf("again without reason: %v", err)
	}
	all.Reason = " 门牌损坏 "
	if n, err := reopened().Print(ctx, io.Discard, all); err != nil || n != 2 {
		t.Fatalf("again with reason: %d, %v", n, err)
	}

	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(data)), "\n")
	var last plates.Entry
	if err := json.Unmarshal([]byte(lines[len(lines)-1]), &last); err != nil {
		t.Fatal(err)
	}
	if len(lines) != 3 || last.Again != 1 || last.Reason != "门牌损坏" || len(last.Codes) != 2 || last.By != (ident.Actor{3}) {
		t.Errorf("%d lines, last %+v", len(lines), last)
	}
}

func TestJournalAfterAPowerCut(t *testing.T) {
	path := filepath.Join(t.TempDir(), "prints.jsonl")
	entry := plates.Entry{At: now, Village: fuxi, Form: plates.Cards, Codes: []doorplate.Code{"AAAA"}}
	line, err := json.Marshal(entry)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name, data string
		want       fault.Kind
	}{
		{"whole", string(line) + "\n", fault.OK},
		{"cut", string(line) + "\n" + string(line[:10]), fault.OK},
		{"zeros for some of it", string(line) + "\n" + string(line[:10]) + "\x00\x00\x00\n", fault.OK},
		{"damaged", "{\n" + string(line) + "\n", fault.Corrupt},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if err := os.WriteFile(path, []byte(tt.data), 0o600); err != nil {
				t.Fatal(err)
			}
			j, err := plates.OpenJournal(path)
			if fault.KindOf(err) != tt.want || err != nil {
				if fault.KindOf(err) != tt.want {
					t.Fatal(err)
				}
				return
			}
			if err := j.Add(entry); err != nil {
				t.Fatal(err)
			}
			if j, err = plates.OpenJournal(path); err != nil || j.Printed(fuxi, plates.Cards, entry.Codes) != 1 {
				t.Errorf("after another line: %v", err)
			}
		})
	}
}

func TestKeys(t *testing.T) {
	dir, random := filepath.Join(t.TempDir(), "keys"), rand.NewChaCha8([32]byte{1})
	if _, err := plates.OpenKeys(dir, now, nil); key(err) != "plates.key.missing" {
		t.Fatalf("no key: %v", err)
	}
	first, err := plates.OpenKeys(dir, now, random)
	if err != nil {
		t.Fatal(err)
	}
	again, err := plates.OpenKeys(dir, now, random)
	if err != nil || again.Signer().Kid() != first.Signer().Kid() {
		t.Fatalf("another key the second time: %v", err)
	}
	second, err := plates.Rotate(dir, now.AddDate(1, 0, 0), random)
	if err != nil || second.Signer().Kid() == first.Signer().Kid() || len(second.Public()) != 2 {
		t.Fatalf("after a rotation: %v", err)
	}
	token, err := doorplate.Issue(doorplate.Handle{1}, 2517, first.Signer())
	if err != nil {
		t.Fatal(err)
	}
	set, err := second.Set()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := doorplate.Verify(set, token); err != nil {
		t.Errorf("a plate of the older key: %v", err)
	}

	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || len(files) != 2 {
		t.Fatalf("files %v, %v", files, err)
	}
	info, err := os.Stat(files[0])
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
}

// Of two keys made on one day the later signs.
func TestRotateTwiceInADay(t *testing.T) {
	dir, random := t.TempDir(), rand.NewChaCha8([32]byte{4})
	last, err := plates.OpenKeys(dir, now, random)
	if err != nil {
		t.Fatal(err)
	}
	for range 4 {
		next, err := plates.Rotate(dir, now, random)
		if err != nil {
			t.Fatal(err)
		}
		for _, public := range last.Public() {
			if doorplate.KidOf(public) == next.Signer().Kid() {
				t.Fatalf("an old key, %s, signs", next.Signer().Kid())
			}
		}
		last = next
	}
	if _, err := plates.Rotate(dir, now.AddDate(0, 0, -1), random); key(err) != "plates.key.day" {
		t.Errorf("a clock that went back: %v", err)
	}
}

func TestBadKeyFiles(t *testing.T) {
	tests := []struct {
		name, want string
		change     func(file string) error
	}{
		{"readable by others", "plates.key.open", func(f string) error { return os.Chmod(f, 0o644) }},
		{"not a key", "plates.key.damaged", func(f string) error { return os.WriteFile(f, []byte("hello"), 0o600) }},
		{"cut", "plates.key.damaged", func(f string) error { return os.Truncate(f, 40) }},
		{"another key's name", "plates.key.damaged", func(f string) error {
			return os.Rename(f, filepath.Join(filepath.Dir(f), "plate-20261122-zzzz.pem"))
		}},
		{"no day", "plates.key.damaged", func(f string) error {
			return os.Rename(f, strings.Replace(f, "20261122", "20269922", 1))
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			if _, err := plates.OpenKeys(dir, now, rand.NewChaCha8([32]byte{1})); err != nil {
				t.Fatal(err)
			}
			files, err := filepath.Glob(filepath.Join(dir, "*.pem"))
			if err != nil || len(files) != 1 {
				t.Fatal(files, err)
			}
			if err := tt.change(files[0]); err != nil {
				t.Fatal(err)
			}
			if _, err := plates.OpenKeys(dir, now, nil); key(err) != tt.want {
				t.Errorf("error %v, want %s", err, tt.want)
			}
		})
	}
}

func TestPublicKeysTravel(t *testing.T) {
	ctx, store, keys := context.Background(), newStore(t), openKeys(t)
	if err := errors.Join(keys.Publish(ctx, store), keys.Publish(ctx, store)); err != nil {
		t.Fatal(err)
	}
	rows, err := store.List(ctx, record.Query{Kind: plates.KindKey, Scope: ident.Ref})
	if err != nil || len(rows) != 1 {
		t.Fatalf("%d records, %v", len(rows), err)
	}
	fromRecord, err := doorplate.NewKeySet(rows[0].Value("public").Bytes())
	if err != nil {
		t.Fatal(err)
	}
	token, err := doorplate.Issue(doorplate.Handle{1}, 2517, keys.Signer())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := doorplate.Verify(fromRecord, token); err != nil {
		t.Errorf("with the keys of the record: %v", err)
	}
}
