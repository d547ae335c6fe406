// SPDX-License-Identifier: Apache-2.0

package lending

import (
	"time"

	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
)

// Posting says who is responsible for a village from a day on: which officer, and which bank they bring demands to; or who works
// there beside them. It is a decision of the desk, in the village's scope; old ones stay, so that "who was responsible then" has an answer.
type Posting struct {
	Header  record.Header
	Officer ident.Actor
	Bank    ident.Org
	From    string // 2006-01-02
	Until   string // the last day, "" for no end
	Post    string // Specialist, Assistant or Adviser; "" for who is responsible
	Sample  bool
}

// The posts of those who work in a village beside who is responsible for it; codes of field post.
const (
	Specialist = "specialist" // 金融特派员
	Assistant  = "assistant"  // 金融助理
	Adviser    = "adviser"    // 金融顾问
)

// PostingOf reads a posting.
func PostingOf(row record.Row) Posting {
	p := Posting{Header: row.Header, From: row.Text("from"), Until: row.Text("until"), Post: row.Text("post"), Sample: row.Bool("sample")}
	copy(p.Officer[:], row.Value("officer").Bytes())
	copy(p.Bank[:], row.Value("bank").Bytes())
	return p
}

// Create returns the write that makes the posting's record under p.Header.
func (p Posting) Create() record.Write {
	p.Header.Kind = KindPosting
	fields := map[record.Field]record.Value{
		"officer": record.OfBytes(p.Officer.Bytes()),
		"bank":    record.OfBytes(p.Bank.Bytes()),
		"from":    record.OfText(p.From),
	}
	if p.Until != "" {
		fields["until"] = record.OfText(p.Until)
	}
	if p.Post != "" {
		fields["post"] = record.OfText(p.Post)
	}
	if p.Sample {
		fields["sample"] = record.OfBool(true)
	}
	return record.Write{Op: record.Create, Header: p.Header, Fields: fields}
}

// Route returns the posting that counts on a day among those of a village: of those of who is responsible that have begun, have
// not ended and are not deleted, the one that began last, of two of one day the one made later. False means that nobody is responsible
// and the demand stays unassigned.
func Route(postings []record.Row, on time.Time) (Posting, bool) {
	day := on.Format(time.DateOnly)
	var best Posting
	found := false
	for _, row := range postings {
		p := PostingOf(row)
		if row.Deleted() || p.Officer.IsZero() || p.Post != "" || p.From > day || p.Until != "" && p.Until < day {
			continue
		}
		if !found || p.From > best.From || p.From == best.From && p.Header.ID.Compare(best.Header.ID) > 0 {
			best, found = p, true
		}
	}
	return best, found
}

// Assignment returns the request that a posting makes of an unassigned demand.
func (p Posting) Assignment() Request {
	return Request{To: Assigned, Officer: p.Officer, Bank: p.Bank}
}
