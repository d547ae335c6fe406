// SPDX-License-Identifier: Apache-2.0

package exposure_test

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"yuexin/shared/credit/exposure"
	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
)

func ask(n byte, fen int64) exposure.Ask {
	return exposure.Ask{Header: record.Header{ID: ident.Record{n}, Scope: "unit:a", Subject: ident.Subject{7}}, Household: ident.Record{7}, Amount: fen, AtMS: int64(n)}
}

// TestNeverOver: whatever is asked for and given back, in whatever order, what is reserved stays between nothing and the limit; an ask
// gets all or nothing, and a refusal names who has the room.
func TestNeverOver(t *testing.T) {
	const seed = 3
	r := rand.New(rand.NewPCG(seed, 0))
	const limit = 1000
	var grants []exposure.Grant
	for n := range 5000 {
		if len(grants) > 0 && r.IntN(3) == 0 {
			back, err := exposure.Release(grants[r.IntN(len(grants))], grants, "还清")
			if err != nil {
				continue
			}
			back.Header.ID = ident.Record{1, byte(n >> 8), byte(n)}
			grants = append(grants, back)
		} else {
			a := ask(1, 1+r.Int64N(600))
			a.Header.ID = ident.Record{2, byte(n >> 8), byte(n)}
			g := exposure.Decide(a, limit, nil, grants)
			g.Header.ID, g.AtMS = ident.Record{3, byte(n >> 8), byte(n)}, int64(n)
			fits := a.Amount <= exposure.Free(limit, grants)
			if fits != (g.State == exposure.Granted) || fits && g.Amount != a.Amount || !fits && (g.Amount != 0 || g.Against.IsZero()) {
				t.Fatalf("seed %d, %d: %d asked, %d free: %s %d", seed, n, a.Amount, exposure.Free(limit, grants), g.State, g.Amount)
			}
			grants = append(grants, g)
		}
		if sum := exposure.Reserved(grants); sum < 0 || sum > limit {
			t.Fatalf("seed %d, %d: %d are reserved", seed, n, sum)
		}
	}
}

func TestRelease(t *testing.T) {
	g := exposure.Decide(ask(1, 300), 1000, nil, nil)
	g.Header.ID = ident.Record{9}
	back, err := exposure.Release(g, []exposure.Grant{g}, " 还清 ")
	if err != nil || back.Amount != -300 || back.Before != 300 || back.Reason != "还清" {
		t.Fatalf("%+v, %v", back, err)
	}
	for name, one := range map[string]exposure.Grant{"again": g, "what frees": back, "a refusal": exposure.Decide(ask(2, 5000), 1000, nil, nil)} {
		if _, err := exposure.Release(one, []exposure.Grant{g, back}, "还清"); fault.From(err).Key != "exposure.release" {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestReleaseNeedsAReason(t *testing.T) {
	g := exposure.Decide(ask(1, 300), 1000, nil, nil)
	for _, reason := range []string{"", " ", strings.Repeat("长", 201)} {
		if _, err := exposure.Release(g, []exposure.Grant{g}, reason); fault.From(err).Field != "reason" {
			t.Errorf("%q: %v", reason, err)
		}
	}
}

func TestRoundTrip(t *testing.T) {
	g := exposure.Decide(ask(1, 5000), 1000, nil, []exposure.Grant{{Header: record.Header{ID: ident.Record{5}}, State: exposure.Granted, Amount: 400}})
	g.Header.ID, g.Header.Kind, g.AtMS, g.Day, g.Seen, g.Score, g.Sample = ident.Record{4}, exposure.KindGrant, 6, "2026-11-27", 7, []byte{1}, true
	g.Reason = "还清"
	w := g.Create()
	row := record.Row{Header: w.Header, Fields: map[record.Field]record.FieldState{}}
	for f, v := range w.Fields {
		row.Fields[f] = record.FieldState{Value: v}
	}
	if diff := cmp.Diff(g, exposure.GrantOf(row)); diff != "" {
		t.Error(diff)
	}
	if _, err := ask(1, 0).Create(); fault.From(err).Field != "amount" {
		t.Errorf("nothing asked for: %v", err)
	}
}
