// SPDX-License-Identifier: Apache-2.0

package rulebook

import (
	"bytes"
	"compress/flate"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"
	"slices"
	"strings"

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
	OfCatalogue    = "catalogue"
	OfAccess       = "access"
	OfLending      = "lending"
	OfConsent      = "consent"
	OfAudit        = "audit"
	OfAttachments  = "attachments"
	OfPaper        = "paper"
	OfOutreach     = "outreach"
	OfIdle         = "idle"
	OfModes        = "modes"
	OfProducts     = "products"
	OfPoints       = "points"
	OfMyFile       = "myfile"
	OfPlates       = "plates"
	OfAlarms       = "alarms"
	OfCriteria     = "criteria"
	OfCarbon       = "carbon"
	OfFiveOnes     = "fiveones"
	OfTitles       = "titles"
	OfReference    = "reference"
	OfWholeVillage = "wholevillage"
	OfForm         = "form"
	OfKeys         = "keys" // the administrators whose signature counts; see Ring
	OfCard         = "card"
	OfSecond       = "second" // of another edition: somebody else stands for it as well
	OfStage        = "stage"  // of another edition, in the place of the one it was published with
)

// Edition is a new version of one set of rules, signed by an administrator. It is
// never changed: what replaces it, or takes it back, has a higher version.
type Edition struct {
	What    string `json:"what"`
	Name    string `json:"name"` // of a form; "" for what there is one of
	Version uint32 `json:"version"`
	Content string `json:"content"` // as the file has it

	Stage

	By        string `json:"by"` // seal.AdminID of the signer
	Signature []byte `json:"signature"`
}

// Stage says where and when devices take an edition. The server takes all of it at once.
type Stage struct {
	Percent   int64         `json:"percent"`          // of all devices, 1 to 100; 0 in a stage of its own: no more
	Scopes    []ident.Scope `json:"scopes,omitempty"` // only devices that hold one of these; none: all
	NotBefore int64         `json:"notBefore"`        // ms since 1970 UTC
	Spread    int64         `json:"spread"`           // ms over which devices take it, each at its own moment
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

// Digest names an edition: the SHA-256 of what is signed of it, and of who signed.
func (e Edition) Digest() [sha256.Size]byte {
	return sha256.Sum256(record.AppendText(e.SignedBytes(), e.By))
}

// Due is when a device takes the edition under a stage: never if it is outside of it. The
// part of the devices and their moments follow from the device and the staging alone, so
// that editions published together are taken together. Which devices are the first follows
// from the edition's own stage, so that a wider one holds all whom the narrower held.
func (e Edition) Due(s Stage, device ident.Device, held []ident.Scope) (ms int64, ok bool) {
	sum := sha256.Sum256(binary.BigEndian.AppendUint64(append([]byte("yuexin stage"), device[:]...), uint64(e.NotBefore)))
	if int64(binary.BigEndian.Uint64(sum[:])%100) >= s.Percent {
		return 0, false
	}
	if len(s.Scopes) > 0 && !slices.ContainsFunc(s.Scopes, func(s ident.Scope) bool { return slices.Contains(held, s) }) {
		return 0, false
	}
	later := int64(0)
	if s.Spread > 0 {
		later = int64(binary.BigEndian.Uint64(sum[8:]) % uint64(s.Spread))
	}
	return s.NotBefore + later, true
}

// Title names an edition for people and in the name of its stages: "form household 2".
func (e Edition) Title() string {
	return fmt.Sprintf("%s %d", strings.TrimSpace(e.key()), e.Version)
}

// Restage returns the edition that puts e under another stage, not signed yet; all are
// the editions that were published so far.
func (e Edition) Restage(s Stage, all []Edition) Edition {
	digest := e.Digest()
	next := Edition{What: OfStage, Name: e.Title(), Version: 1, Content: hex.EncodeToString(digest[:]), Stage: s}
	for _, other := range all {
		if other.stages(e) {
			next.Version = max(next.Version, other.Version+1)
		}
	}
	return next
}

// StageOf returns the stage under which an edition is taken: its own, or the newest
// among all, of which every one is signed.
func (e Edition) StageOf(all []Edition) Stage {
	at, number := e.Stage, uint32(0)
	for _, other := range all {
		if other.stages(e) && other.Version > number {
			at, number = other.Stage, other.Version
		}
	}
	return at
}

// stages says whether e is a stage of another edition.
func (e Edition) stages(other Edition) bool {
	digest := other.Digest()
	return e.What == OfStage && e.Content == hex.EncodeToString(digest[:]) && e.Name == other.Title()
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
			"content": pack(e.Content), "percent": record.OfInt(e.Percent), "scopes": record.OfSet(scopes...),
			"not_before": record.OfInt(e.NotBefore), "spread": record.OfInt(e.Spread),
			"signed_by": record.OfText(e.By), "signature": record.OfBytes(e.Signature),
		},
	}
}

// MaxContent is how long the content of an edition may be, in bytes: ours, sixteen times what one value holds, which
// leaves room for the catalogue of a province and keeps what a hostile server sends small once unpacked.
const MaxContent = 16 * record.MaxValueSize

// pack makes content a value of a record: DEFLATE (RFC 1951), since rules written for people repeat themselves and one
// value holds only record.MaxValueSize. The signature is over the content itself.
func pack(content string) record.Value {
	var b bytes.Buffer
	w, err := flate.NewWriter(&b, flate.BestCompression)
	if err == nil {
		_, err = io.WriteString(w, content)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		panic(err) // a buffer takes everything, and the level is one
	}
	return record.OfBytes(b.Bytes())
}

// unpack reads what pack made; "" for anything else, which no signature covers.
func unpack(v record.Value) string {
	content, err := io.ReadAll(io.LimitReader(flate.NewReader(bytes.NewReader(v.Bytes())), MaxContent+1))
	if err != nil || len(content) > MaxContent {
		return ""
	}
	return string(content)
}

// EditionOf reads an edition from its record; whether it is signed is another question.
func EditionOf(row record.Row) Edition {
	e := Edition{
		What: row.Text("what"), Name: row.Text("edition_name"), Version: uint32(row.Int("version")), Content: unpack(row.Fields["content"].Value),
		Stage: Stage{Percent: row.Int("percent"), NotBefore: row.Int("not_before"), Spread: row.Int("spread")},
		By:    row.Text("signed_by"), Signature: row.Fields["signature"].Value.Bytes(),
	}
	for _, s := range row.Fields["scopes"].Value.Set() {
		e.Scopes = append(e.Scopes, ident.Scope(s))
	}
	return e
}

// Check reports what is wrong with the staging; the content is checked by Load and, of
// keys, by Ring.Follow. Who may sign is nothing that a part of the devices hears.
func (e Edition) Check() error {
	least := int64(1)
	switch e.What {
	case OfStage:
		least = 0
	case OfKeys:
		least = 100
	}
	if e.Percent < least || e.Percent > 100 || e.Spread < 0 || e.NotBefore < 0 || e.What == OfKeys && len(e.Scopes) > 0 {
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
