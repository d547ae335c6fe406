// SPDX-License-Identifier: Apache-2.0

package rulebook

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"slices"

	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
)

// Kind is the kind of record by which editions travel in the scope ref.
const Kind record.Kind = "edition"

// Context is what an administrator signs an edition under.
const Context = "yuexin ref"

// What an edition can be of.
const (
	OfCatalogue   = "catalogue"
	OfAccess      = "access"
	OfLending     = "lending"
	OfConsent     = "consent"
	OfAudit       = "audit"
	OfAttachments = "attachments"
	OfForm        = "form"
)

// Edition is a new version of one set of rules, signed by an administrator. It is
// never changed: what replaces it, or takes it back, has a higher version.
type Edition struct {
	What    string `json:"what"`
	Name    string `json:"name"` // of a form; "" for what there is one of
	Version uint32 `json:"version"`
	Content string `json:"content"` // as the file has it

	// Where and when devices take it. A server takes it at its next start.
	Percent   int64         `json:"percent"`          // of all devices, 1 to 100
	Scopes    []ident.Scope `json:"scopes,omitempty"` // only devices that hold one of these; none: all
	NotBefore int64         `json:"notBefore"`        // ms since 1970 UTC
	Spread    int64         `json:"spread"`           // ms over which devices take it, each at its own moment

	By        string `json:"by"` // seal.AdminID of the signer
	Signature []byte `json:"signature"`
}

// SignedBytes is what the administrator signs: everything but who signs.
func (e Edition) SignedBytes() []byte {
	b := record.AppendArray(nil, 9)
	b = record.AppendText(record.AppendText(record.AppendText(b, string(Kind)), e.What), e.Name)
	b = record.AppendText(record.AppendUint(b, uint64(e.Version)), e.Content)
	b = record.AppendArray(record.AppendInt(b, e.Percent), len(e.Scopes))
	for _, s := range e.Scopes {
		b = record.AppendText(b, string(s))
	}
	return record.AppendInt(record.AppendInt(b, e.NotBefore), e.Spread)
}

// Due is when a device takes the edition: never if it is outside of the stage. The
// part of the devices and their moments follow from the device and the staging
// alone, so that editions published together are taken together.
func (e Edition) Due(device ident.Device, held []ident.Scope) (ms int64, ok bool) {
	sum := sha256.Sum256(binary.BigEndian.AppendUint64(append([]byte("yuexin stage"), device[:]...), uint64(e.NotBefore)))
	if int64(binary.BigEndian.Uint64(sum[:])%100) >= e.Percent {
		return 0, false
	}
	if len(e.Scopes) > 0 && !slices.ContainsFunc(e.Scopes, func(s ident.Scope) bool { return slices.Contains(held, s) }) {
		return 0, false
	}
	later := int64(0)
	if e.Spread > 0 {
		later = int64(binary.BigEndian.Uint64(sum[8:]) % uint64(e.Spread))
	}
	return e.NotBefore + later, true
}

// Write returns the write that publishes the edition under an id.
func (e Edition) Write(id ident.Record) record.Write {
	scopes := make([]string, len(e.Scopes))
	for i, s := range e.Scopes {
		scopes[i] = string(s)
	}
	return record.Write{
		Op: record.Create, Header: record.Header{ID: id, Kind: Kind, Scope: ident.Ref},
		Fields: map[record.Field]record.Value{
			"what": record.OfText(e.What), "edition_name": record.OfText(e.Name), "version": record.OfInt(int64(e.Version)),
			"content": record.OfText(e.Content), "percent": record.OfInt(e.Percent), "scopes": record.OfSet(scopes...),
			"not_before": record.OfInt(e.NotBefore), "spread": record.OfInt(e.Spread),
			"signed_by": record.OfText(e.By), "signature": record.OfBytes(e.Signature),
		},
	}
}

// EditionOf reads an edition from its record; whether it is signed is another question.
func EditionOf(row record.Row) Edition {
	e := Edition{
		What: row.Text("what"), Name: row.Text("edition_name"), Version: uint32(row.Int("version")), Content: row.Text("content"),
		Percent: row.Int("percent"), NotBefore: row.Int("not_before"), Spread: row.Int("spread"),
		By: row.Text("signed_by"), Signature: row.Fields["signature"].Value.Bytes(),
	}
	for _, s := range row.Fields["scopes"].Value.Set() {
		e.Scopes = append(e.Scopes, ident.Scope(s))
	}
	return e
}

// Check reports what is wrong with the staging; the content is checked by Load.
func (e Edition) Check() error {
	if e.Percent < 1 || e.Percent > 100 || e.Spread < 0 || e.NotBefore < 0 {
		return fault.New(fault.Invalid, "rules.staging")
	}
	return nil
}

// key names what an edition is a version of.
func (e Edition) key() string { return e.What + " " + e.Name }

// newest returns the highest version of each among editions.
func newest(editions []Edition) map[string]Edition {
	out := map[string]Edition{}
	for _, e := range editions {
		if have, known := out[e.key()]; !known || e.Version > have.Version {
			out[e.key()] = e
		}
	}
	return out
}

// mismatch is an edition whose content calls itself another version.
func mismatch(e Edition, got uint32) error {
	if e.Version == got {
		return nil
	}
	return fmt.Errorf("rules: %s %s: published as version %d, says version %d", e.What, e.Name, e.Version, got)
}
