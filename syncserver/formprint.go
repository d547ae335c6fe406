// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"yuexin/shared/i18n"
	"yuexin/shared/ident"
	"yuexin/shared/sheetpdf"
	"yuexin/shared/sync/audit"
	"yuexin/shared/terminal"
)

type (
	// PaperAsk asks for a form as a sheet of paper: blank, or with a record's answers.
	PaperAsk struct {
		Form    string
		Record  string // id; "" for a blank sheet
		Village string // of a blank sheet, by statistical code or name; "" to be written in
		Reason  string // why a record is printed
		User    string // who asks
		Lang    i18n.Lang
	}
	// PaperAnswer is the document. With a record it holds personal data in clear.
	PaperAnswer struct {
		Form    string `json:"form"`
		Record  string `json:"record,omitempty"`
		Pages   int    `json:"pages"`
		Lacking string `json:"lacking,omitempty"` // characters to be written in by hand
		File    string `json:"file"`
		PDF     []byte `json:"pdf,omitempty"`
	}
)

// paper draws a form. That a record was read for it is in the audit log before the document is given out.
func (o operator) paper(ctx context.Context, a PaperAsk) (PaperAnswer, error) {
	ctx, seen := audit.Open(audit.Doing(ctx, audit.Print, "syncserver form print"))
	order, err := o.paperOrder(ctx, a)
	if err != nil {
		return PaperAnswer{}, err
	}
	if err := seen.Note(ctx); err != nil {
		return PaperAnswer{}, err
	}
	var out bytes.Buffer
	result, err := sheetpdf.Write(&out, order)
	return PaperAnswer{
		Form: order.Session.Form().Edition(), Record: a.Record, Pages: result.Pages, Lacking: string(result.Lacking), PDF: out.Bytes(),
	}, err
}

func (o operator) paperOrder(ctx context.Context, a PaperAsk) (sheetpdf.Order, error) {
	public, err := o.publicURL(ctx, "", false)
	if err != nil {
		return sheetpdf.Order{}, err
	}
	book := o.Book()
	watch := audit.Watcher{Catalogue: book.Catalogue, Policy: book.Audit, Note: func(ctx context.Context, entries []audit.Entry) error {
		for i := range entries {
			entries[i].User, entries[i].Reason = a.User, cut(a.Reason)
		}
		return o.Store.Note(ctx, entries...)
	}}
	printer := sheetpdf.Printer{
		Store: watch.Watch(o.desk()), Book: book, Regions: o.Regions, Print: o.Texts.Printer(a.Lang), Host: hostOf(public), Now: o.Now().In(office),
	}
	if a.Record != "" {
		id, err := ident.Parse[ident.Record](a.Record)
		if err != nil {
			return sheetpdf.Order{}, err
		}
		return printer.Record(ctx, id, a.Form)
	}
	village := ident.Scope("")
	if a.Village != "" {
		if village, err = o.village(ctx, a.Village); err != nil {
			return sheetpdf.Order{}, err
		}
	}
	return printer.Blank(ctx, a.Form, village)
}

// office is the zone of the dates on paper: Guangdong's, UTC+8 all year.
var office = time.FixedZone("UTC+8", 8*60*60)

// hostOf is the host of a public address, as people compare it.
func hostOf(public string) string {
	if u, err := url.Parse(public); err == nil {
		return u.Host
	}
	return public
}

func (c *commands) formPrint() *cobra.Command {
	var q PaperAsk
	var out string
	cmd := &cobra.Command{
		Use: "print FORM", Short: "Write a form as a sheet of paper (A4 PDF), blank or with a record's answers", Args: terminal.Exactly(1),
		Long: "Without --record the sheet is blank. With --record it holds personal data in clear: who printed it and why is in the\n" +
			"audit log before the file is written; delete the file once it is printed.",
		Example: "  syncserver form print household_survey --village 441284105205 -o blank.pdf",
		RunE: func(cmd *cobra.Command, args []string) error {
			if out == "" {
				return terminal.Missing("--out")
			}
			if q.Record != "" && strings.TrimSpace(q.Reason) == "" {
				return terminal.Missing("--reason")
			}
			t := c.terminal()
			q.Form, q.User, q.Lang = args[0], systemUser(), t.Lang()
			answer, err := asOperator(cmd.Context(), c, "form.print", q, operator.paper)
			if err != nil {
				return err
			}
			if err := os.WriteFile(out, answer.PDF, 0o600); err != nil {
				return terminal.Unwritten(out, err)
			}
			answer.PDF, answer.File = nil, out
			return t.Show(answer, func(w io.Writer) { c.showPaper(w, answer) })
		},
	}
	f := cmd.Flags()
	f.StringVarP(&out, "out", "o", "", "PDF file to write")
	f.StringVar(&q.Record, "record", "", "id of the record whose answers the sheet shows")
	f.StringVar(&q.Village, "village", "", "village of a blank sheet, by statistical code or name")
	f.StringVar(&q.Reason, "reason", "", "why a record is printed")
	return cmd
}

func (c *commands) showPaper(w io.Writer, a PaperAnswer) {
	t := c.terminal()
	fmt.Fprintln(w, t.T("server.paper.made", "form", a.Form, "n", fmt.Sprint(a.Pages), "file", a.File))
	if a.Record != "" {
		fmt.Fprintln(w, t.T("server.paper.clear"))
	}
	if a.Lacking != "" {
		fmt.Fprintln(w, t.T("server.paper.lacking", "chars", a.Lacking))
	}
}
