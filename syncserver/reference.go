// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/skip2/go-qrcode"
	"github.com/spf13/cobra"

	"yuexin/shared/credit/consent"
	"yuexin/shared/credit/criteria"
	"yuexin/shared/credit/receipt"
	"yuexin/shared/credit/reference"
	"yuexin/shared/credit/subject"
	"yuexin/shared/fault"
	"yuexin/shared/i18n"
	"yuexin/shared/ident"
	"yuexin/shared/pdfpage"
	"yuexin/shared/sync/record"
	"yuexin/shared/terminal"
)

type (
	// LetterAsk asks for a reference letter about a household, for an organisation by id or name. As signs it with their own key.
	LetterAsk struct {
		Household, Purpose, To string
		As, Password           string
		Lang                   i18n.Lang
	}
	// LetterView is a letter as it is shown to whoever may hold it.
	LetterView struct {
		ID      string `json:"id,omitempty"`
		Number  string `json:"number"`
		Check   string `json:"check,omitempty"`
		Purpose string `json:"purpose"`
		To      string `json:"to"`
		Issuer  string `json:"issuer"`
		Until   string `json:"until"`
		State   string `json:"state"`
		Sample  bool   `json:"sample,omitempty"`
		File    string `json:"file,omitempty"`
		PDF     []byte `json:"pdf,omitempty"`
	}
	// LetterCheck asks how a letter stands, by what is printed on it.
	LetterCheck struct{ Number, Check string }
)

// issueLetter writes a letter down, signed by whoever issues it, and draws it.
func (o operator) issueLetter(ctx context.Context, a LetterAsk) (v LetterView, err error) {
	id, err := ident.Parse[ident.Record](a.Household)
	if err != nil {
		return v, err
	}
	user, own, err := o.Gate.Own(ctx, a.As, a.Password, "")
	if err != nil {
		return v, unknown(err, "server.user.unknown", "name", a.As)
	}
	defer own.Lock()
	store := o.Store.AsPerson(user.Login, own)
	row, err := store.Get(ctx, id)
	if err == nil && row.Header.Kind != subject.KindHousehold {
		err = fault.New(fault.NotFound, "record.missing")
	}
	if err != nil {
		return v, err
	}
	to, err := o.org(ctx, a.To)
	if err != nil {
		return v, err
	}
	l := reference.Letter{Purpose: a.Purpose, To: to, Issuer: user.Login.Actor, Check: make([]byte, reference.CheckSize), Sample: o.office().Sample}
	if l.Header.ID, err = ident.New[ident.Record](o.Now().UnixMilli(), o.Random); err != nil {
		return v, err
	}
	if _, err := io.ReadFull(o.Random, l.Check); err != nil {
		return v, err
	}
	numbers, err := o.numberer(ctx)
	if err != nil {
		return v, err
	}
	number, err := numbers.next(ctx)
	if err != nil {
		return v, err
	}
	l.Number = string(number)
	if l, err = o.completed(ctx, store, l, row); err != nil {
		return v, err
	}
	write, err := l.Create()
	if err != nil {
		return v, err
	}
	base, err := store.Base(ctx, l.Header.Scope)
	if err != nil {
		return v, err
	}
	rc, err := store.Apply(ctx, record.Act{
		Name: "reference.issue", Scope: l.Header.Scope, Base: base, Source: o.Book().Access.Source(user.Login.Role), Writes: []record.Write{write},
	})
	if err == nil && !rc.Outcome.Applied() {
		err = fault.New(fault.NotAllowed, rc.Reason)
	}
	if err != nil {
		return v, err
	}
	return o.drawn(ctx, l, a.Lang)
}

// completed gives a letter what it says, by the sheets of the household that count today and by what it consented to.
func (o operator) completed(ctx context.Context, from record.Store, l reference.Letter, row record.Row) (reference.Letter, error) {
	book, now := o.Book(), o.Now().In(office)
	var results []criteria.Result
	for _, kind := range book.Reference.Sheets() {
		rows, err := from.List(ctx, record.Query{Kind: kind, Scope: row.Header.Scope, Subject: row.Header.Subject, Limit: 1000})
		if err != nil {
			return l, err
		}
		for _, sheet := range book.Criteria.Newest(kind, rows, now) {
			if r, known := book.Criteria.Judge(sheet); known {
				results = append(results, r)
			}
		}
	}
	given, err := consent.Read(ctx, from, row.Header.Scope, row.Header.Subject)
	if err != nil {
		return l, err
	}
	return book.Reference.Issue(l, row, results, given, now)
}

func (o operator) letterView(ctx context.Context, l reference.Letter, state reference.State, lang i18n.Lang) (LetterView, reference.Places, error) {
	at := reference.Places{}
	if row, err := o.desk().Get(ctx, ident.Record(l.To)); err == nil {
		at.To = row.Text("name")
	}
	var err error
	if at.Issuer, err = o.Store.ActorName(ctx, l.Issuer); err != nil {
		return LetterView{}, at, err
	}
	if unit, ok := l.Header.Scope.Unit(); ok {
		if row, err := o.desk().Get(ctx, ident.Record(unit)); err == nil {
			at.Village = row.Text("name")
		}
	}
	purpose, _ := o.Book().Reference.PurposeIn(l.Purpose, lang)
	return LetterView{Number: receipt.Number(l.Number).String(), Purpose: purpose, To: at.To, Issuer: at.Issuer, Until: l.Until, State: string(state), Sample: l.Sample}, at, nil
}

// drawn is the letter as a PDF. Its code holds number and check, as verify asks for them.
func (o operator) drawn(ctx context.Context, l reference.Letter, lang i18n.Lang) (LetterView, error) {
	v, at, err := o.letterView(ctx, l, reference.Stands, lang)
	if err != nil {
		return v, err
	}
	v.ID, v.Check = l.Header.ID.String(), hex.EncodeToString(l.Check)
	title, lines := o.Book().Reference.Text(l, at, o.Book().Criteria, lang, office)
	print := o.Texts.Printer(lang)
	page := pdfpage.New(title, "A4", o.Now())
	page.PDF.AddPage()
	if l.Sample {
		page.SampleBadge(190, 14, 7)
	}
	page.Text(105, 45, title, pdfpage.Style{Size: 9, Weight: 0.02, Colour: pdfpage.Ink}, 160, 0.5)
	body, y := pdfpage.Style{Size: 4.4, Colour: pdfpage.Ink}, 70.0
	for _, line := range lines {
		for _, part := range broken(page, line, body, 160) {
			page.Text(25, y, part, body, 160, 0)
			y += 8
		}
		y += 3
	}
	code := pdfpage.QR{Level: qrcode.Medium, Side: 40, Least: 0.5}
	modules, err := code.Encode("YXTJ " + l.Number + " " + v.Check)
	if err != nil {
		return v, err
	}
	code.Draw(page, modules, 25, 225)
	small := pdfpage.Style{Size: 3.4, Least: 2, Colour: pdfpage.Grey}
	page.Text(70, 238, print.T("server.reference.number", "number", v.Number), small, 115, 0)
	page.Text(70, 245, print.T("server.reference.check", "check", v.Check), small, 115, 0)
	page.Text(70, 252, print.T("server.reference.how"), small, 115, 0)
	var out bytes.Buffer
	err = page.PDF.Output(&out)
	v.PDF = out.Bytes()
	return v, err
}

// broken cuts a line where it is wider than the page.
func broken(page *pdfpage.Page, line string, st pdfpage.Style, width float64) (out []string) {
	at, last := "", -1
	for _, r := range line {
		if r == ' ' {
			last = len(at)
		}
		if page.Width(at+string(r), st) > width {
			cut := len(at)
			if r < 0x80 && last > 0 { // a word stays whole
				cut = last
			}
			out, at, last = append(out, at[:cut]), strings.TrimLeft(at[cut:], " "), -1
		}
		at += string(r)
	}
	return append(out, at)
}

// verifyLetter says how a letter stands; it tells nothing of whom it is about.
func (o operator) verifyLetter(ctx context.Context, a LetterCheck) (LetterView, error) {
	unknownLetter := fault.New(fault.NotFound, "reference.unknown")
	number, err := receipt.Parse(a.Number)
	check, bad := hex.DecodeString(strings.TrimSpace(a.Check))
	if cmp.Or(err, bad) != nil || len(check) != reference.CheckSize {
		return LetterView{}, unknownLetter
	}
	rows, err := o.desk().List(ctx, record.Query{Kind: reference.Kind, Limit: 1, Where: []record.Term{{Field: "check", Value: record.OfBytes(check)}}})
	if err != nil {
		return LetterView{}, err
	}
	if len(rows) == 0 || rows[0].Text("number") != string(number) {
		return LetterView{}, unknownLetter
	}
	l := reference.Of(rows[0])
	given, err := consent.Read(ctx, o.desk(), l.Header.Scope, l.Header.Subject)
	if err != nil {
		return LetterView{}, err
	}
	state, err := l.Stand(check, given, o.Now().In(office))
	if err != nil {
		return LetterView{}, err
	}
	v, _, err := o.letterView(ctx, l, state, i18n.ZhHans)
	return v, err
}

func (c *commands) reference() *cobra.Command {
	cmd := &cobra.Command{Use: "reference", Short: "Reference letters about households (党建+金融+信用): issue, verify"}
	var q LetterAsk
	var out string
	issue := &cobra.Command{
		Use: "issue HOUSEHOLD", Short: "Issue a letter about a household (rec_…) as PDF, signed with your own key; the household consented to it", Args: terminal.Exactly(1),
		Example: "  YUEXIN_PASSWORD=… syncserver reference issue rec_… --purpose party --to 大沙镇党委 --as he -o letter.pdf",
		RunE: func(cmd *cobra.Command, args []string) error {
			switch {
			case q.Purpose == "":
				return terminal.Missing("--purpose")
			case q.To == "":
				return terminal.Missing("--to")
			case q.As == "":
				return terminal.Missing("--as")
			case out == "":
				return terminal.Missing("--out")
			}
			t := c.terminal()
			q.Household, q.Lang = args[0], t.Lang()
			var err error
			if q.Password, err = t.AskSecret(t.T("server.user.password", "name", q.As), passwordVariable); err != nil {
				return err
			}
			v, err := asOperator(cmd.Context(), c, "reference.issue", q, operator.issueLetter)
			if err != nil {
				return err
			}
			if err := os.WriteFile(out, v.PDF, 0o600); err != nil {
				return terminal.Unwritten(out, err)
			}
			v.PDF, v.File = nil, out
			return c.table(v, [][]string{{"NUMBER", "CHECK", "UNTIL", "FILE"}, {v.Number, v.Check, v.Until, v.File}})
		},
	}
	f := issue.Flags()
	f.StringVar(&q.Purpose, "purpose", "", "what it may be used for: party, honours or loan")
	f.StringVar(&q.To, "to", "", "organisation it is for, by id or name (syncserver org list)")
	f.StringVar(&q.As, "as", "", "console user who issues it; the password is in "+passwordVariable)
	f.StringVarP(&out, "out", "o", "", "PDF file to write; it holds personal data in clear")
	verify := &cobra.Command{
		Use: "verify NUMBER CHECK", Short: "Say whether a letter is genuine and stands, by what its code says; it names nobody it is about", Args: terminal.Exactly(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			v, err := asOperator(cmd.Context(), c, "reference.verify", LetterCheck{args[0], args[1]}, operator.verifyLetter)
			if err != nil {
				return err
			}
			t := c.terminal()
			return t.Show(v, func(w io.Writer) {
				fmt.Fprintln(w, t.T("reference.state."+v.State))
				terminal.Table(w, [][]string{{"NUMBER", "PURPOSE", "TO", "ISSUER", "UNTIL"}, {v.Number, v.Purpose, v.To, v.Issuer, v.Until}})
			})
		},
	}
	cmd.AddCommand(issue, verify)
	return cmd
}
