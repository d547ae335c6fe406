// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"yuexin/shared/ident"
	"yuexin/shared/station"
	"yuexin/shared/sync/enrol"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/record/recordgen"
	"yuexin/shared/sync/sqlitedb"
	"yuexin/shared/sync/wire"
)

// bench is a server and its laptops with the production catalogue: real stores,
// hub, replicas and clients, in this process, and a meter at the server's socket.
type bench struct {
	testing.TB
	app   *App
	meter *meter
	web   *server
}

func openBench(t testing.TB, villages int) *bench {
	t.Helper()
	b := &bench{TB: t, app: openApp(t, t.TempDir(), true), meter: newMeter()}
	b.web = serveOn(t, b.app, ServeConfig{}, func(l net.Listener) net.Listener { return meteredListener{l, b.meter} })
	_, err := b.operator().addVillages(t.Context(), b.villages(villages))
	b.must(err)
	return b
}

func (b *bench) operator() operator { return operator{App: b.app, fleet: b.web.fleet} }

// villages returns the codes of so many villages.
func (b *bench) villages(n int) (codes []string) {
	for _, town := range b.app.Regions.Children("441284") {
		for _, village := range b.app.Regions.Children(town.Code) {
			if len(codes) < n {
				codes = append(codes, string(village.Code))
			}
		}
	}
	return codes
}

func (b *bench) must(err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
}

const benchPassphrase = "sixteen villages"

// laptop enrols an officer's laptop for villages.
func (b *bench) laptop(name string, villages ...string) *station.Station {
	b.Helper()
	answer, err := b.operator().enrol(b.Context(), EnrolAsk{Program: "agent", Name: name, Person: name, Role: "officer", Villages: villages})
	b.must(err)
	ticket, err := enrol.ParseTicket(answer.QR)
	b.must(err)
	s, err := station.Open(b.Context(), station.Config{
		Dir: filepath.Join(b.TempDir(), name), Program: "agent", Version: "0.1.0", Log: slog.New(slog.DiscardHandler),
	})
	b.must(err)
	b.Cleanup(func() { b.must(s.Close()) })
	b.must(s.Enrol(b.Context(), ticket, benchPassphrase))
	b.must(s.Unlock(b.Context(), benchPassphrase))
	return s
}

// once syncs a laptop and returns what passed the socket.
func (b *bench) once(s *station.Station) passed {
	b.Helper()
	b.meter.reset()
	c, err := s.Client()
	b.must(err)
	ctx, cancel := context.WithTimeout(b.Context(), time.Minute)
	defer cancel()
	b.must(c.Once(ctx))
	return b.meter.reset()
}

// household is record n of workload W, in the fields of the production
// catalogue's household: thirty of them, about 1 KB as JSON.
func (b *bench) household(n int) map[record.Field]record.Value {
	w := recordgen.Household(1, n)
	choose := func(field record.Field, n int64) string {
		def, _ := b.app.Book().Catalogue.Field("household", field)
		return def.Choices[int(n)%len(def.Choices)]
	}
	f := map[record.Field]record.Value{
		"head_name": w["name"], "address": w["address"], "remark": w["remark"], "group_no": w["village"],
		"house_no":    record.OfText(fmt.Sprintf("%d号", n)),
		"phone":       record.OfText(fmt.Sprintf("138%08d", n*7919%100_000_000)),
		"region_code": record.OfText(b.villages(1)[0]),
		"main_trade":  record.OfText(choose("main_trade", w["age"].Int())),
		"trades":      record.OfSet(choose("trades", w["age"].Int()), choose("trades", w["age"].Int()+1)),
		"crops":       record.OfSet(choose("crops", w["score"].Int())),
		"assisted":    w["has_existing_loan"], "sample": record.OfBool(true),
		"figures_year": record.OfInt(2025),
	}
	for field, from := range map[record.Field]record.Field{
		"population": "household_size", "labour": "working_members", "land_area": "contracted_area", "house_count": "group",
		"housing_area": "age", "income_planting": "annual_income", "income_breeding": "rented_area", "income_labour": "annual_spending",
		"income_business": "deposits", "cost_production": "annual_spending", "cost_living": "rented_area", "cost_education": "deposits",
		"deposits": "deposits", "debt_own_bank": "outstanding_debt", "debt_other_bank": "outstanding_debt", "debt_private": "score",
		"guarantees": "house_value",
	} {
		f[field] = w[from]
	}
	return f
}

// write does one act on a laptop in its first village.
func (b *bench) write(s *station.Station, op record.Op, h record.Header, fields map[record.Field]record.Value) {
	b.Helper()
	base, err := s.Store().Base(b.Context(), h.Scope)
	b.must(err)
	_, err = s.Store().Apply(b.Context(), record.Act{
		Name: "household.put", Scope: h.Scope, Base: base, Source: s.Book().Access.Source(s.Session().Role),
		Writes: []record.Write{{Op: op, Header: h, Fields: fields}},
	})
	b.must(err)
}

// register makes n households and returns their headers and their bytes as JSON.
func (b *bench) register(s *station.Station, n int) (headers []record.Header, asJSON, asValues int) {
	b.Helper()
	i := slices.IndexFunc(s.Replica.Cursors(), func(c wire.Cursor) bool { return strings.HasPrefix(string(c.Scope), "unit:") })
	for k := range n {
		id, err := ident.New[ident.Record](time.Now().UnixMilli(), rand.Reader)
		b.must(err)
		subject, err := ident.New[ident.Subject](time.Now().UnixMilli(), rand.Reader)
		b.must(err)
		h := record.Header{ID: id, Kind: "household", Scope: s.Replica.Cursors()[i].Scope, Subject: subject}
		fields := b.household(k)
		b.write(s, record.Create, h, fields)
		plain := map[string]any{}
		for name, v := range fields {
			plain[string(name)] = plainValue(v)
			asValues += len(name) + 1 + len(v.AppendCanonical(nil))
		}
		data, err := json.Marshal(plain)
		b.must(err)
		headers, asJSON = append(headers, h), asJSON+len(data)
	}
	return headers, asJSON, asValues
}

// size is how large a laptop's database is without its free space.
func (b *bench) size(s *station.Station) int64 {
	b.Helper()
	db, err := sqlitedb.Open(b.Context(), filepath.Join(s.Dir, "replica.db"), sqlitedb.Options{})
	b.must(err)
	defer db.Close()
	whole := filepath.Join(b.TempDir(), "whole.db")
	_, err = db.ExecContext(b.Context(), "VACUUM INTO ?", whole)
	b.must(err)
	info, err := os.Stat(whole)
	b.must(err)
	return info.Size()
}

// query asks a laptop's database for one value.
func (b *bench) query(s *station.Station, query string, into any) {
	b.Helper()
	db, err := sqlitedb.Open(b.Context(), filepath.Join(s.Dir, "replica.db"), sqlitedb.Options{})
	b.must(err)
	defer db.Close()
	b.must(db.QueryRowContext(b.Context(), query).Scan(into))
}

// plainValue is a value as JSON has it.
func plainValue(v record.Value) any {
	switch v.Type() {
	case record.Bool:
		return v.Bool()
	case record.Int:
		return v.Int()
	case record.Set:
		return v.Set()
	default:
		return v.Text()
	}
}
