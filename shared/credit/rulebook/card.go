// SPDX-License-Identifier: Apache-2.0

package rulebook

import (
	"cmp"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"

	"yuexin/shared/credit/points"
	"yuexin/shared/credit/scoring"
)

// NeedsSecond reports whether the edition counts only when a second administrator stands for it as well: a card decides who gets
// how much.
func (e Edition) NeedsSecond() bool { return e.What == OfCard }

// Second returns the edition by which a second administrator stands for e, not signed yet.
func (e Edition) Second(s Stage) Edition {
	digest := e.Digest()
	return Edition{What: OfSecond, Name: e.Title(), Version: 1, Content: hex.EncodeToString(digest[:]), Stage: s}
}

// Seconded reports whether somebody other than its signer stands for e among all, of which every one is signed.
func (e Edition) Seconded(all []Edition) bool {
	digest := e.Digest()
	return slices.ContainsFunc(all, func(o Edition) bool {
		return o.What == OfSecond && o.Content == hex.EncodeToString(digest[:]) && o.Name == e.Title() && o.By != e.By
	})
}

// Card returns the version of a card that counts on a day (2006-01-02): the newest that is from then or before; nil for none.
func (b *Book) Card(name, day string) *scoring.Card {
	for _, c := range slices.Backward(b.cards[name]) {
		if c.From <= day {
			return c
		}
	}
	return nil
}

// Cards returns the versions of a card that count on some day, the oldest first.
func (b *Book) Cards(name string) []*scoring.Card { return slices.Clone(b.cards[name]) }

// CardVersion returns one version of a card, whatever its day: what was decided under it is made again under it. nil for none.
func (b *Book) CardVersion(name string, version uint32) *scoring.Card {
	for _, c := range b.cards[name] {
		if c.Number == version {
			return c
		}
	}
	return nil
}

// Waits reports whether an edition was published and waits for a second administrator.
func (b *Book) Waits(e Edition) bool { return b.waiting[e.Title()] }

// loadCards reads every card of the folder and those that were published later, and checks each against the catalogue. One that
// nobody has seconded is checked, and waits.
func (b *Book) loadCards(from fs.FS, published []Edition) error {
	b.cards, b.waiting, b.seconds = map[string][]*scoring.Card{}, map[string]bool{}, map[string]bool{}
	names, err := fs.Glob(from, "card-*.json")
	if err != nil {
		return fmt.Errorf("cards: %w", err)
	}
	for _, name := range names {
		card, err := readFile(from, name, ParseCard)
		if err == nil {
			err = b.putCard(card)
		}
		if err != nil {
			return fmt.Errorf("cards: %s: %w", name, err)
		}
	}
	for _, e := range published {
		if e.What == OfSecond {
			b.seconds[e.Name] = true
		}
		if e.What != OfCard {
			continue
		}
		card, err := ParseCard(strings.NewReader(e.Content))
		if err == nil && card.Card != e.Name {
			err = fmt.Errorf("it says %s", card.Card)
		}
		switch {
		case err != nil:
		case !e.Seconded(published):
			b.waiting[e.Title()] = true
			err = cmp.Or(mismatch(e, card.Number), card.CheckAgainst(b.Catalogue))
		default:
			err = cmp.Or(mismatch(e, card.Number), b.putCard(card))
		}
		if err != nil {
			return fmt.Errorf("cards: %s version %d: %w", e.Name, e.Version, err)
		}
	}
	return nil
}

// ParseCard reads a card. Of civic points it adds up only what counts.
func ParseCard(r io.Reader) (*scoring.Card, error) { return scoring.Parse(r, points.Counted{}) }

// putCard adds a version of a card; of two of one number the first stays.
func (b *Book) putCard(card *scoring.Card) error {
	if err := card.CheckAgainst(b.Catalogue); err != nil {
		return err
	}
	if b.CardVersion(card.Card, card.Number) != nil {
		return nil
	}
	list := append(b.cards[card.Card], card)
	slices.SortFunc(list, func(a, c *scoring.Card) int { return cmp.Compare(a.Number, c.Number) })
	b.cards[card.Card] = list
	return nil
}

// cardNumber is the highest version of a card that is known, waiting ones included.
func (b *Book) cardNumber(name string) (n uint32) {
	for _, c := range b.cards[name] {
		n = max(n, c.Number)
	}
	for title := range b.waiting {
		var version uint32
		if _, err := fmt.Sscanf(title, OfCard+" "+name+" %d", &version); err == nil {
			n = max(n, version)
		}
	}
	return n
}
