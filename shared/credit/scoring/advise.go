// SPDX-License-Identifier: Apache-2.0

package scoring

import (
	"cmp"
	"maps"
	"slices"
)

// mostAdvice is how many things a person is told to do.
const mostAdvice = 5

// advise says what would raise the points most: to fill in what is missing, and the nearest value that gives more where the
// card says what one can do.
func (s *Scorer) advise(r *Result) {
	for i, it := range s.card.items {
		f, line := &r.Findings[it.of], &r.Lines[i]
		a := Advice{Indicator: it.Indicator}
		var share int64
		switch {
		case f.Missing:
			a.Do, share = Fill, whole
		case s.card.indicators[it.of].Raise == nil:
			continue
		default:
			a.Do = Improve
			share = s.better(it, f, r.Peer, line.Share, &a)
		}
		if a.Gain = Points(scale(uint64(line.Most), uint64(share), whole)) - line.Points; a.Gain <= 0 {
			continue
		}
		a.Reaches = r.Next != nil && len(r.Vetoes) == 0 && len(r.Caps) == 0 && a.Gain >= r.Next.Lacks
		r.Raise = append(r.Raise, a)
	}
	slices.SortStableFunc(r.Raise, func(a, b Advice) int { return cmp.Compare(b.Gain, a.Gain) })
	if len(r.Raise) > mostAdvice {
		r.Raise = r.Raise[:mostAdvice:mostAdvice]
	}
}

// better finds the nearest value with a greater share, and returns that share.
func (s *Scorer) better(it *item, f *Finding, group string, now int64, a *Advice) int64 {
	switch {
	case it.Bins != nil:
		return it.betterBin(f.Value, now, a)
	case it.Codes != nil:
		best := now
		for _, code := range slices.Sorted(maps.Keys(it.Codes)) {
			if share := it.Codes[code] * 100; share > now && (best == now || share < best) {
				best, a.Code = share, code
			}
		}
		return best
	case it.Curve != nil:
		return it.betterKnot(f.Value, now, a)
	case it.Peer != "":
		if r, known := s.card.Peers.Groups[group][it.Indicator]; known && f.Value < r.High {
			a.Target = r.High
			return whole
		}
	}
	return now
}

func (it *item) betterBin(v, now int64, a *Advice) int64 {
	at := it.binAt(v)
	for i := at + 1; i < len(it.Bins); i++ {
		if share := it.Bins[i].Share * 100; share > now {
			a.Target = *it.Bins[i-1].Below
			return share
		}
	}
	for i := at - 1; i >= 0; i-- {
		if share := it.Bins[i].Share * 100; share > now {
			a.Target = *it.Bins[i].Below - 1
			return share
		}
	}
	return now
}

func (it *item) betterKnot(v, now int64, a *Advice) int64 {
	for _, k := range it.Curve {
		if k.At > v && k.Share*100 > now {
			a.Target = k.At
			return k.Share * 100
		}
	}
	for _, k := range slices.Backward(it.Curve) {
		if k.At < v && k.Share*100 > now {
			a.Target = k.At
			return k.Share * 100
		}
	}
	return now
}
