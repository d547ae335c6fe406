// SPDX-License-Identifier: Apache-2.0

package flow

import (
	"context"
	"crypto/ed25519"
	"errors"
	"image"
	_ "image/gif"  // pictures of plates come in any of these
	_ "image/jpeg" // …
	_ "image/png"  // …
	"os"
	"strings"

	"yuexin/shared/credit/doorplate"
	"yuexin/shared/credit/plate"
	"yuexin/shared/credit/subject"
	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/scanner"
	"yuexin/shared/sync/record"
)

// Plate is a doorplate that this laptop knows.
type Plate struct {
	ID      ident.Record
	Code    string // as it is stored
	Scope   ident.Scope
	Village string
	Group   string
	House   string
}

// Text returns the plate's place for people.
func (p Plate) Text() string { return joined(p.Village, p.Group, p.House) }

// Scanned is what a code turned out to be. Household is zero where nobody is registered at the plate yet.
type Scanned struct {
	Plate     Plate
	Household ident.Record
	Name      string // of the household
	Renewed   bool   // an older plate was scanned; this is the one that hangs now
}

// Scan finds the household of what a scanner read or a person typed: the address on a plate, a bare token, a short code,
// or the code of a foreign plate that was mapped to one of ours. Faults tell what is wrong: those of doorplate;
// fault.Gone "agent.scan.void"; fault.NotFound "agent.scan.unknown" for a plate outside of what this laptop holds, and
// "agent.scan.foreign" for a foreign code that nobody has mapped.
func (d *Desk) Scan(ctx context.Context, text string) (Scanned, error) {
	if strings.TrimSpace(text) == "" {
		return Scanned{}, fault.New(fault.Invalid, "agent.scan.empty")
	}
	token, err := doorplate.Parse(text)
	switch {
	case err == nil:
		return d.scanToken(ctx, token)
	case !errors.Is(err, doorplate.ErrForeign):
		return Scanned{}, err
	}
	if looksTyped(text) {
		code, err := doorplate.ParseCode(text)
		if err != nil {
			return Scanned{}, err
		}
		return d.scanned(ctx, "plate_code", record.OfText(string(code)), "agent.scan.unknown")
	}
	key, err := doorplate.Foreign(text)
	if err != nil {
		return Scanned{}, err
	}
	return d.scanned(ctx, "foreign", record.OfText(string(key)), "agent.scan.foreign")
}

// looksTyped says whether a text is meant as a short code rather than read from a foreign plate: about as long as one, and
// nothing that an address has.
func looksTyped(text string) bool {
	text = strings.TrimSpace(text)
	return len([]rune(text)) <= 12 && !strings.ContainsAny(text, ":/.?=")
}

func (d *Desk) scanToken(ctx context.Context, token doorplate.Token) (Scanned, error) {
	keys, err := d.plateKeys(ctx)
	if err != nil {
		return Scanned{}, err
	}
	said, err := doorplate.Verify(keys, token)
	if err != nil {
		return Scanned{}, err
	}
	err = doorplate.Voided(ctx, d.Store, said)
	void := fault.Is(err, fault.Gone)
	if err != nil && !void {
		return Scanned{}, err
	}
	s, err := d.scanned(ctx, "handle", record.OfBytes(said.Handle[:]), "agent.scan.unknown")
	if void && (fault.Is(err, fault.NotFound) || err == nil && !s.Renewed) {
		return Scanned{}, fault.New(fault.Gone, "agent.scan.void") // also where this laptop does not hold the village
	}
	return s, err
}

// plateKeys reads the public keys that travel with the rules. A key that cannot be read is left out: its plates are then
// unknown, not trusted.
func (d *Desk) plateKeys(ctx context.Context) (doorplate.KeySet, error) {
	rows, err := d.Store.List(ctx, record.Query{Kind: kindPlateKey, Limit: everything})
	if err != nil {
		return nil, err
	}
	keys := make(doorplate.KeySet, len(rows))
	for _, row := range rows {
		if public := row.Value("public").Bytes(); len(public) == ed25519.PublicKeySize {
			keys[doorplate.KidOf(public)] = doorplate.Ed25519Public(public)
		}
	}
	return keys, nil
}

// scanned finds a plate by one of its fields, and who lives there.
func (d *Desk) scanned(ctx context.Context, field record.Field, v record.Value, missing string) (Scanned, error) {
	rows, err := d.Store.List(ctx, record.Query{Kind: kindPlate, Limit: 1, Newest: true, Where: []record.Term{{Field: field, Value: v}}})
	if err != nil {
		return Scanned{}, err
	}
	if len(rows) == 0 {
		return Scanned{}, fault.New(fault.NotFound, missing)
	}
	row, renewed, err := plate.Follow(ctx, d.Store, rows[0])
	switch {
	case fault.Is(err, fault.Gone) && fault.From(err).Key == "plate.split":
		return Scanned{}, err
	case fault.Is(err, fault.Gone):
		return Scanned{}, fault.New(fault.Gone, "agent.scan.void")
	case err != nil:
		return Scanned{}, err
	}
	s := Scanned{Renewed: renewed, Plate: d.plateLine(ctx, row)}
	err = d.resident(ctx, row, &s)
	return s, err
}

// resident finds the household of a plate: the one it is bound to, else the one that names its code.
func (d *Desk) resident(ctx context.Context, at record.Row, s *Scanned) error {
	if id := refBytes(at.Value("household")); !id.IsZero() {
		row, err := d.Store.Get(ctx, id)
		if err == nil && !row.Deleted() {
			s.Household, s.Name = id, d.line(row).Title
			return nil
		}
		if err != nil && !fault.Is(err, fault.NotFound) {
			return err
		}
	}
	rows, err := d.Store.List(ctx, record.Query{
		Kind: subject.KindHousehold, Scope: s.Plate.Scope, Limit: 1, Newest: true,
		Where: []record.Term{{Field: "plate_code", Value: record.OfText(s.Plate.Code)}},
	})
	if err == nil && len(rows) > 0 {
		s.Household, s.Name = rows[0].Header.ID, d.line(rows[0]).Title
	}
	return err
}

// maxPicture bounds the file of a picture, in bytes: a phone's photo has some millions.
const maxPicture = 64 << 20

// Picture reads the QR code in a picture file. Faults are "agent.scan.picture" for what is no picture, and those of
// scanner.Image.
func Picture(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", fault.New(fault.NotFound, "agent.scan.picture").WithCause(err)
	}
	defer f.Close()
	if info, err := f.Stat(); err != nil || info.Size() > maxPicture {
		return "", fault.New(fault.TooLarge, "scanner.image.large")
	}
	img, _, err := image.Decode(f)
	if err != nil {
		return "", fault.New(fault.Invalid, "agent.scan.picture").WithCause(err)
	}
	return scanner.Image(img)
}
