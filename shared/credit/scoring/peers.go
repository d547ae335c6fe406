// SPDX-License-Identifier: Apache-2.0

package scoring

import (
	"fmt"
	"reflect"
	"slices"
)

// compilePeers compiles what says in which group somebody is.
func (c *Card) compilePeers(known names) error {
	if c.Peers.Year < 2000 || len(c.Peers.Groups) == 0 {
		return fmt.Errorf("peers: year or groups are missing")
	}
	p, _, err := known.compile(c.Peers.By, reflect.String)
	if err != nil {
		return fmt.Errorf("peers: by: %w", err)
	}
	c.peersBy = p
	for group, ranges := range c.Peers.Groups {
		for name, r := range ranges {
			if r.Low > r.High || !slices.ContainsFunc(c.Items, func(it Item) bool { return it.Peer != "" && it.Indicator == name }) {
				return fmt.Errorf("peers: %s: %s is out of order, or no item by peers", group, name)
			}
		}
	}
	return nil
}

// Freeze returns the ranges of every group among results: the 5th and 95th percentile by nearest rank of what was found, for
// the items of the card that go by peers. They are put into the card of the year that follows.
func (c *Card) Freeze(results []*Result) map[string]map[string]Range {
	found := map[string]map[string][]int64{}
	for _, r := range results {
		for _, it := range c.items {
			f := r.Findings[it.of]
			if it.Peer == "" || f.Missing {
				continue
			}
			if found[r.Peer] == nil {
				found[r.Peer] = map[string][]int64{}
			}
			found[r.Peer][it.Indicator] = append(found[r.Peer][it.Indicator], f.Value)
		}
	}
	out := map[string]map[string]Range{}
	for group, values := range found {
		out[group] = map[string]Range{}
		for name, list := range values {
			slices.Sort(list)
			out[group][name] = Range{Low: rank(list, 5), High: rank(list, 95)}
		}
	}
	return out
}

// rank returns the percentile of a sorted list by nearest rank.
func rank(list []int64, percent int) int64 {
	n := (len(list)*percent + 99) / 100
	return list[max(n, 1)-1]
}
