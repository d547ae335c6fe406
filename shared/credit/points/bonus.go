// SPDX-License-Identifier: Apache-2.0

package points

import (
	"fmt"
	"math/bits"
	"time"

	"yuexin/shared/ident"
	"yuexin/shared/money"
)

// Band is from how many points in a year on a limit is raised by how much.
type Band struct {
	ID   string `json:"id"`
	Name Text   `json:"name"`
	From int64  `json:"from"`    // points
	Rate int64  `json:"rate_bp"` // of the limit, in basis points
}

// BonusRule is what civic points add to a limit: (R83) 星级农户评定+文明积分增信.
type BonusRule struct {
	Scheme string    `json:"scheme"`  // whose points count
	Bands  []Band    `json:"bands"`   // the highest first
	Cap    money.Fen `json:"cap_fen"` // the most that is ever added
	Months int       `json:"months"`  // for how long after its year a band holds
	Source string    `json:"source"`
}

func (b BonusRule) check(p *Policy) error {
	if _, known := p.Scheme(b.Scheme); !known || b.Cap < 0 || b.Months < 0 || b.Source == "" {
		return fmt.Errorf("points policy: the bonus is not whole")
	}
	for i, band := range b.Bands {
		if band.ID == "" || !band.Name.whole() || band.From < 1 || band.Rate < 0 || band.Rate > basis {
			return fmt.Errorf("points policy: band %q of the bonus is not whole", band.ID)
		}
		if i > 0 && (band.From >= b.Bands[i-1].From || band.Rate > b.Bands[i-1].Rate) {
			return fmt.Errorf("points policy: band %q of the bonus is out of order: more points never give less", band.ID)
		}
	}
	return nil
}

// basis is one whole in basis points.
const basis = 10_000

// Bonus is what points add to a limit, until a day. The zero Bonus adds nothing; none ever takes anything away.
type Bonus struct {
	Band    string    // id of the band; "" for none
	Rate    int64     // of the limit, in basis points
	Cap     money.Fen // the most that is added
	Year    int       // whose points they are
	Points  int64     // how many count for it: on a notice whose days are over
	Until   string    // 2006-01-02: the last day on which it holds
	Edition uint32    // of the policy
}

// Bonus returns the best bonus that a household has on a day, by points of the rule's scheme that stood on a notice: of the year
// itself as soon as they are enough, and of years before until their bands end. l holds at least what is known of the household.
func (p *Policy) Bonus(l *Ledger, of ident.Subject, on time.Time) Bonus {
	best := Bonus{Edition: p.version}
	for year := on.Year(); ; year-- {
		until := p.bonus.until(year)
		if on.Format(time.DateOnly) > until {
			return best
		}
		have := l.Balance(of, p.bonus.Scheme, year, on).Noticed
		if b := p.bonus.Of(have); b.Rate > best.Rate {
			best = Bonus{Band: b.ID, Rate: b.Rate, Cap: p.bonus.Cap, Year: year, Points: have, Until: until, Edition: p.version}
		}
	}
}

// until is the last day on which points of a year hold.
func (b BonusRule) until(year int) string {
	return time.Date(year+1, time.Month(1+b.Months), 0, 0, 0, 0, 0, time.UTC).Format(time.DateOnly)
}

// Of returns the band of so many points, the zero Band for too few.
func (b BonusRule) Of(points int64) Band {
	for _, band := range b.Bands {
		if points >= band.From {
			return band
		}
	}
	return Band{}
}

// Extra returns what is added to a limit: the rate of it, at most the bonus's own cap, and never so much that both together
// exceed most, which the product allows. It is never below zero, and exactly zero for a limit that is none or exceeds most.
func (b Bonus) Extra(limit, most money.Fen) money.Fen {
	if limit <= 0 || b.Rate <= 0 || b.Cap <= 0 || most <= limit {
		return 0
	}
	high, low := bits.Mul64(uint64(limit), uint64(b.Rate))
	if high >= basis { // more than any amount
		return min(b.Cap, most-limit)
	}
	part, _ := bits.Div64(high, low, basis)
	if part > uint64(b.Cap) {
		part = uint64(b.Cap)
	}
	return min(money.Fen(part), most-limit)
}

// BonusRule returns the rule of the bonus.
func (p *Policy) BonusRule() BonusRule { return p.bonus }
