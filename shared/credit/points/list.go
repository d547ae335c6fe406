// SPDX-License-Identifier: Apache-2.0

package points

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	"yuexin/shared/fault"
	"yuexin/shared/i18n"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
)

// List is a public notice (公示表): entries that count, with no more of the households than their neighbours need to know them
// by. It is made to be hung up, so a kiosk that reads no names shows it.
type List struct {
	Header  record.Header // Subject is the village's
	By      ident.Actor
	Scheme  string
	From    string // 2006-01-02: its first day
	Until   string // its last day
	Lines   []ListLine
	Edition uint32 // of the policy
	AtMS    int64  // ms since 1970 UTC
	Sample  bool
}

// ListLine is one entry of a notice.
type ListLine struct {
	Entry  ident.Record `json:"entry"`
	Name   string       `json:"name"`            // 陈*英
	Group  string       `json:"group,omitempty"` // 三组
	Item   string       `json:"item"`
	Points int64        `json:"points"`
	Day    string       `json:"day"`
}

// On says whether a list is put up on a day.
func (n List) On(day string) bool { return n.From <= day && day <= n.Until }

// Sum adds up the lines.
func (n List) Sum() (sum int64) {
	for _, line := range n.Lines {
		sum += line.Points
	}
	return sum
}

// ListOf reads a list. One whose lines cannot be read has none.
func ListOf(row record.Row) List {
	n := List{
		Header: row.Header, By: by(row, "scheme"), Scheme: row.Text("scheme"), From: row.Text("from"), Until: row.Text("until"),
		Edition: uint32(row.Int("policy")), AtMS: row.Int("at"), Sample: row.Bool("sample"),
	}
	if err := json.Unmarshal([]byte(row.Text("lines")), &n.Lines); err != nil {
		n.Lines = nil
	}
	return n
}

// Create returns the write that makes the list under n.Header.
func (n List) Create() (record.Write, error) {
	n.Header.Kind = KindList
	lines, err := json.Marshal(n.Lines)
	if err != nil {
		return record.Write{}, err
	}
	return create(n.Header, map[record.Field]record.Value{
		"scheme": record.OfText(n.Scheme), "from": record.OfText(n.From), "until": record.OfText(n.Until), "lines": record.OfText(string(lines)),
		"policy": record.OfInt(int64(n.Edition)), "at": record.OfInt(n.AtMS),
	}, n.Sample), nil
}

// maxLines bounds a list, so that it is a value of a record; more entries wait for the next list.
const maxLines = 200

// Publish returns the notice of all entries of a village under a scheme that count, or are objected to, and stood on no notice
// yet; its author gives it an id. households are those of the village, now is in its zone. fault.NotFound "points.list.none"
// where there is nothing new.
func (p *Policy) Publish(l *Ledger, village record.Header, scheme string, households []record.Row, now time.Time) (List, error) {
	whose := make(map[ident.Subject]record.Row, len(households))
	for _, h := range households {
		whose[h.Header.Subject] = h
	}
	n := List{
		Header: record.Header{Scope: village.Scope, Subject: village.Subject}, Scheme: scheme, From: now.Format(time.DateOnly),
		Until: now.AddDate(0, 0, p.notice.Days-1).Format(time.DateOnly), Edition: p.version, AtMS: now.UnixMilli(),
	}
	for _, s := range l.standings {
		e := s.Entry
		h, known := whose[e.Header.Subject]
		if e.Scheme != scheme || e.Header.Scope != village.Scope || !e.Reverses.IsZero() || s.Until != "" || !known || len(n.Lines) == maxLines {
			continue
		}
		if s.State != Counts {
			continue
		}
		n.Sample = n.Sample || e.Sample
		n.Lines = append(n.Lines, ListLine{
			Entry: e.Header.ID, Name: p.notice.Mask(h.Text("head_name")), Group: h.Text("group_no"), Item: e.Item, Points: e.Points, Day: e.Day,
		})
	}
	if len(n.Lines) == 0 {
		return List{}, fault.New(fault.NotFound, "points.list.none")
	}
	slices.SortStableFunc(n.Lines, func(a, b ListLine) int { return strings.Compare(a.Group, b.Group) })
	return n, nil
}

// Mask returns as much of a name as a notice shows: at least one character is hidden, and an empty name stays so.
func (n Notice) Mask(name string) string {
	r := []rune(name)
	first, last := min(n.First, len(r)), n.Last
	if first+last >= len(r) {
		last = 0
	}
	if first == len(r) && first > 0 {
		first--
	}
	for i := first; i < len(r)-last; i++ {
		r[i] = '*'
	}
	return string(r)
}

// Lists returns the notices of the ledger, newest first.
func (l *Ledger) Lists() []List {
	out := slices.Clone(l.lists)
	slices.Reverse(out)
	return out
}

// Words returns what stands on a notice in a language: its title, what it is, how to object, and who signs.
func (p *Policy) Words(n List, village string, lang i18n.Lang, date func(string) string) (title, intro, object string, signs []string) {
	scheme := n.Scheme
	if i, known := p.Scheme(n.Scheme); known {
		scheme = p.schemes[i].Name.In(lang)
	}
	fill := strings.NewReplacer("{village}", village, "{scheme}", scheme, "{from}", date(n.From), "{until}", date(n.Until)).Replace
	for _, s := range p.notice.Signs {
		signs = append(signs, fill(s.In(lang)))
	}
	return fill(p.notice.Title.In(lang)), fill(p.notice.Intro.In(lang)), fill(p.notice.Object.In(lang)), signs
}
