// SPDX-License-Identifier: Apache-2.0

package village

import (
	"context"
	"time"

	"yuexin/shared/credit/carbon"
	"yuexin/shared/credit/criteria"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
)

// Reader reads records: a part of record.Store.
type Reader interface {
	List(ctx context.Context, q record.Query) ([]record.Row, error)
}

// Board is how far a village is.
type Board struct {
	Standings []Standing
	Posts     []Post
	Tasks     []Task
	Green     criteria.Verdict
	Carbon    carbon.Account // of the village and of all households in it
	Figures   *Figures       // newest of the 三资 platform; nil for none
}

// Held returns how many of the five are there, and how many there are to be.
func (b Board) Held() (n, of int) { return Count(b.Standings), len(b.Standings) }

// Figures are what the 三资 platform says of a collective. They are a reference: nobody changes them here.
type Figures struct {
	AsOf      string // 2006-01-02
	Platform  string
	Funds     int64 // fen
	Assets    int64 // fen
	Resources int64 // hundredths of a mu
}

// Rules are what a board goes by.
type Rules struct {
	Village  *Policy
	Criteria *criteria.Policy
}

// Read reads the board of a village. What the reader may not see is not in it: without the green sheets nothing was judged.
func Read(ctx context.Context, from Reader, r Rules, scope ident.Scope, on time.Time) (Board, error) {
	var all []record.Row
	for _, kind := range []record.Kind{KindElement, kindPosting, KindCollective, KindTask, KindCollected, KindSurvey} {
		rows, err := record.All(ctx, from, record.Query{Kind: kind, Scope: scope})
		if err != nil {
			return Board{}, err
		}
		all = append(all, rows...)
	}
	b := Board{Standings: r.Village.Standings(all, on), Posts: Posts(all, on), Tasks: Tasks(all), Figures: figures(all)}
	entries, err := record.All(ctx, from, record.Query{Kind: carbon.Kind, Scope: scope})
	if err != nil {
		return b, err
	}
	saved := make([]carbon.Entry, len(entries))
	for i, row := range entries {
		saved[i] = carbon.Of(row)
	}
	b.Carbon = carbon.Sum(saved)
	sheets, err := record.All(ctx, from, record.Query{Kind: r.Criteria.Rule().Kind, Scope: scope})
	if err != nil || len(sheets) == 0 {
		return b, err
	}
	households, err := households(ctx, from, all, scope)
	if err != nil {
		return b, err
	}
	unit, _ := scope.Unit()
	b.Green = r.Criteria.Village(ident.Subject(unit), households, sheets, on)
	return b, nil
}

// households returns how many there are in a village: as its newest survey says, else as many as are on file.
func households(ctx context.Context, from Reader, all []record.Row, scope ident.Scope) (int, error) {
	year, n := int64(0), 0
	for _, row := range all {
		if y := row.Int("figures_year"); row.Header.Kind == KindSurvey && !row.Deleted() && y >= year && row.Int("households") > 0 {
			year, n = y, int(row.Int("households"))
		}
	}
	if n > 0 {
		return n, nil
	}
	rows, err := record.All(ctx, from, record.Query{Kind: KindHousehold, Scope: scope})
	for _, row := range rows {
		if !row.Deleted() {
			n++
		}
	}
	return n, err
}

func figures(all []record.Row) *Figures {
	var out *Figures
	for _, row := range all {
		if row.Header.Kind != KindCollective || row.Deleted() || out != nil && row.Text("as_of") <= out.AsOf {
			continue
		}
		out = &Figures{
			AsOf: row.Text("as_of"), Platform: row.Text("platform"), Funds: row.Int("funds"), Assets: row.Int("assets"), Resources: row.Int("resources"),
		}
	}
	return out
}
