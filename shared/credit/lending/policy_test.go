// SPDX-License-Identifier: Apache-2.0

package lending_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"yuexin/assets"
	"yuexin/shared/credit/lending"
	"yuexin/shared/i18n"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
)

func TestRoute(t *testing.T) {
	row := func(id byte, from, until string, who byte) record.Row {
		w := &world{rows: make(map[ident.Record]record.Row)}
		p := lending.Posting{Header: record.Header{ID: ident.Record{id}, Scope: scope}, Officer: ident.Actor{who}, Bank: bank, From: from, Until: until, Sample: true}
		w.apply(lending.Author{}, record.Act{Writes: []record.Write{p.Create()}})
		return w.rows[p.Header.ID]
	}
	deleted := row(9, "2026-06-01", "", 9)
	deleted.Fields[record.Deleted] = record.FieldState{Value: record.OfBool(true)}
	old, new, same := row(1, "2025-01-01", "", 1), row(2, "2026-11-01", "", 2), row(3, "2026-11-01", "", 3)
	tests := []struct {
		name     string
		postings []record.Row
		want     byte // 0 for nobody
	}{
		{"nobody", nil, 0},
		{"one", []record.Row{old}, 1},
		{"the newest", []record.Row{new, old}, 2},
		{"of one day the later made", []record.Row{same, new, old}, 3},
		{"not begun", []record.Row{old, row(4, "2026-12-01", "", 4)}, 1},
		{"ended", []record.Row{old, row(4, "2026-01-01", "2026-11-21", 4)}, 1},
		{"ends today", []record.Row{old, row(4, "2026-01-01", "2026-11-22", 4)}, 4},
		{"deleted", []record.Row{deleted}, 0},
		{"an empty post", []record.Row{row(5, "2026-01-01", "", 0)}, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, ok := lending.Route(tt.postings, start)
			if ok != (tt.want != 0) || got.Officer != (ident.Actor{tt.want}) {
				t.Errorf("Route = %v, %v; want %d", got.Officer, ok, tt.want)
			}
			if r := got.Assignment(); ok && (r.To != lending.Assigned || r.Officer != got.Officer || r.Bank != bank) {
				t.Errorf("Assignment = %+v", r)
			}
		})
	}
}

func TestUrgency(t *testing.T) {
	p := mustPolicy(t)
	const day = 24 * 60 * 60 * 1000
	now := start.UnixMilli()
	at := func(s lending.Status, days int64, who ident.Actor) lending.State {
		return lending.State{Status: s, Since: now - days*day, Officer: who}
	}
	nobody := ident.Actor{}
	tests := []struct {
		name  string
		state lending.State
		want  lending.Urgency
	}{
		{"fresh", at(lending.Assigned, 0, officer), lending.Urgency{LeftDays: 3}},
		{"due now", at(lending.Assigned, 3, officer), lending.Urgency{}},
		{"overdue", at(lending.Assigned, 5, officer), lending.Urgency{OverdueDays: 2}},
		{"nobody yet", at(lending.Registered, 1, nobody), lending.Urgency{Unassigned: true, LeftDays: 1}},
		{"done", at(lending.Declined, 100, nobody), lending.Urgency{Done: true}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := p.Urgency(tt.state, now)
			if got.Unassigned != tt.want.Unassigned || got.OverdueDays != tt.want.OverdueDays || got.LeftDays != tt.want.LeftDays || got.Done != tt.want.Done {
				t.Errorf("Urgency = %+v, want %+v", got, tt.want)
			}
		})
	}
	order := []lending.State{
		at(lending.Registered, 9, nobody), at(lending.Registered, 1, nobody), // nobody's, longest first, overdue or not
		at(lending.Assigned, 19, officer), at(lending.Assigned, 9, officer), // overdue, longest first
		at(lending.Contacted, 1, officer), at(lending.Visited, 2, officer), // under way, newest first
		at(lending.Disbursed, 1, officer), at(lending.Withdrawn, 50, nobody), // done, latest first
	}
	shuffled := slices.Clone(order)
	slices.Reverse(shuffled)
	slices.SortFunc(shuffled, func(a, b lending.State) int { return p.Urgency(a, now).Compare(p.Urgency(b, now)) })
	if diff := cmp.Diff(order, shuffled); diff != "" {
		t.Errorf("order (-want +got):\n%s", diff)
	}
}

func TestSentences(t *testing.T) {
	texts, err := i18n.Load(assets.Locales())
	if err != nil {
		t.Fatal(err)
	}
	p := mustPolicy(t)
	if err := p.CheckTexts(texts.Printer(i18n.ZhHans).Has); err != nil {
		t.Error(err)
	}
	if err := p.CheckTexts(func(string) bool { return false }); err == nil {
		t.Error("missing texts are not found")
	}
	for _, s := range p.States() {
		for _, lang := range i18n.Langs() {
			key, pairs := p.Sentence(s.Name)
			if text := texts.Printer(lang).T(key, pairs...); strings.ContainsAny(text, "{}⟦") {
				t.Errorf("%s in %s: %q", s.Name, lang, text)
			}
		}
	}
}

func TestParseRefuses(t *testing.T) {
	good := string(mustAsset(t, "lending-1.json"))
	tests := []struct{ name, from, to, want string }{
		{"unknown key", `"version"`, `"edition"`, "unknown field"},
		{"no version", `"version": 1`, `"version": 0`, "version"},
		{"a state is missing", `{"name": "visited", "due_days": 7},`, ``, `state "visited" is missing`},
		{"a state twice", `{"name": "visited", "due_days": 7},`, `{"name": "visited", "due_days": 7},{"name": "visited", "due_days": 7},`, "defined twice"},
		{"an unknown state", `{"name": "visited", "due_days": 7},`, `{"name": "visited", "due_days": 7},{"name": "lost", "due_days": 7},`, "not known"},
		{"never overdue", `{"name": "visited", "due_days": 7}`, `{"name": "visited"}`, "no due_days"},
		{"an end that is due", `"declined", "final": true`, `"declined", "final": true, "due_days": 1`, "is final"},
		{"no sentence", `"visited": "demand.sentence.visited",`, ``, "no sentence"},
		{"a move to nowhere", `"from": "visited", "to": "intent"`, `"from": "visited", "to": "heaven"`, "not defined"},
		{"a move twice", `"from": "visited", "to": "withdrawn"`, `"from": "intent", "to": "withdrawn"`, "defined twice"},
		{"a move for nobody", `"roles": ["kiosk", "resident"]`, `"roles": []`, "no role"},
		{"out of an end", `"from": "visited", "to": "withdrawn"`, `"from": "declined", "to": "withdrawn"`, "final"},
		{"binding without a decision", `"to": "credited", "roles": ["reviewer", "desk"], "decision": true`, `"to": "credited", "roles": ["reviewer", "desk"]`, "decisions only"},
		{"an officer decides", `"to": "credited", "roles": ["reviewer", "desk"]`, `"to": "credited", "roles": ["officer"]`, "makes no decisions"},
		{"an intent without an amount", `"roles": ["officer", "reviewer", "desk"], "amount": true`, `"roles": ["officer", "reviewer", "desk"]`, "amount"},
		{"two starts", `"roles": ["kiosk", "resident"]`, `"roles": ["kiosk", "cadre"]`, "two starts"},
		{"unreachable", `{"from": "visited", "to": "intent", "roles": ["officer", "reviewer", "desk"], "amount": true},`, ``, "cannot be reached"},
		{"no way out", `{"from": "credited", "to": "disbursed", "roles": ["reviewer", "desk"], "decision": true, "amount": true},`, ``, "no way to an end"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			bad := strings.Replace(good, tt.from, tt.to, 1)
			if bad == good {
				t.Fatal("nothing was replaced")
			}
			if _, err := lending.Parse(strings.NewReader(bad)); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("Parse error = %v, want one with %q", err, tt.want)
			}
		})
	}
}
