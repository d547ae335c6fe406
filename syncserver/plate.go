// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"yuexin/shared/credit/doorplate"
	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/terminal"
	"yuexin/syncserver/plates"
)

type (
	// PlateAsk asks to issue the plates of a village and to print them.
	PlateAsk struct {
		Village   string // statistical code or name
		Issue     bool
		Form      plates.Form // "" prints nothing
		Codes     []string    // single plates
		PublicURL string      // "" for the server's
		Force     bool        // print with another address than the server's
		Reason    string      // of a reprint
	}
	// PlateAnswer is what was issued, and the document.
	PlateAnswer struct {
		Village string `json:"village"`
		New     int    `json:"new"`
		Kept    int    `json:"kept"`
		Without int    `json:"without"` // households without a house number
		Printed int    `json:"printed"`
		PDF     []byte `json:"pdf,omitempty"`
		First   string `json:"first,omitempty"` // address of the first plate, to try
	}
)

// plates issues the plates of a village, prints them, or both.
func (o operator) plates(ctx context.Context, a PlateAsk) (out PlateAnswer, err error) {
	scope, unit, err := o.place(ctx, a.Village)
	if err != nil {
		return out, err
	}
	out.Village = o.Regions.PathName(unit.Code)
	if a.Issue {
		issued, err := plates.Issuer{Store: o.desk(), Now: o.Now(), Random: o.Random, Sample: o.Sample}.Issue(ctx, scope)
		if err != nil {
			return out, err
		}
		out.New, out.Kept, out.Without = len(issued.New), issued.Kept, issued.Without
	}
	if a.Form == "" {
		return out, nil
	}
	return o.print(ctx, a, scope, unit.Short, out)
}

func (o operator) print(ctx context.Context, a PlateAsk, scope ident.Scope, name string, out PlateAnswer) (PlateAnswer, error) {
	public, err := o.platesAddress(ctx, a)
	if err != nil {
		return out, err
	}
	order := plates.Order{
		Village: scope, Name: name, Form: a.Form, PublicURL: public, Reason: a.Reason,
		By: o.logins.Desk.Actor, Now: o.Now(),
	}
	for _, text := range a.Codes {
		code, err := doorplate.ParseCode(text)
		if err != nil {
			return out, err
		}
		order.Codes = append(order.Codes, code)
	}
	var pdf bytes.Buffer
	if out.Printed, err = o.printPlates(ctx, &pdf, order); err != nil {
		return out, err
	}
	out.PDF = pdf.Bytes()
	if err := o.keepFirstURL(ctx, public); err != nil {
		return out, err
	}
	keys, err := plates.OpenKeys(o.keys(), o.Now(), nil)
	if err != nil {
		return out, err
	}
	return o.firstAddress(ctx, scope, public, keys, out)
}

// printPlates prints plates with the server's keys, by the rules in force, and notes it.
func (a *App) printPlates(ctx context.Context, w io.Writer, order plates.Order) (int, error) {
	a.plating.Lock()
	defer a.plating.Unlock()
	keys, err := plates.OpenKeys(a.keys(), a.Now(), a.Random)
	if err != nil {
		return 0, err
	}
	journal, err := a.journal()
	if err != nil {
		return 0, err
	}
	return plates.Printer{
		Store: a.desk(), Signer: keys.Signer(), CardKey: keys.CardKey(), Journal: journal, Policy: a.Book().Plates,
	}.Print(ctx, w, order)
}

// platesAddress is the address that plates are to carry.
func (o operator) platesAddress(ctx context.Context, a PlateAsk) (string, error) {
	public, err := o.publicURL(ctx, a.PublicURL, a.Force)
	if err == nil && public == "" {
		err = fault.New(fault.Invalid, "server.public.none").WithField("public-url")
	}
	return public, err
}

// keepFirstURL makes the address of the first plates that of the server; one
// that was set stays, whatever single plates were printed with.
func (o operator) keepFirstURL(ctx context.Context, public string) error {
	set, err := o.publicURL(ctx, "", false)
	if err != nil || set != "" {
		return err
	}
	return o.keepPublicURL(ctx, public)
}

// firstAddress adds the address of one plate, for somebody who wants to try
// it without a printer.
func (o operator) firstAddress(ctx context.Context, scope ident.Scope, public string, keys *plates.Keys, out PlateAnswer) (PlateAnswer, error) {
	all, err := plates.List(ctx, o.desk(), scope)
	if err != nil || len(all) == 0 {
		return out, err
	}
	out.First, err = plates.Address(all[0], public, keys.Signer())
	return out, err
}

// printForms are what the command prints, each into a file of its own.
var printForms = []struct {
	form       plates.Form
	flag, what string
}{
	{plates.Doorplates, "sheets", "plate sheets (150 × 90 mm, A4 PDF)"},
	{plates.Medium, "medium", "plates of 270 × 170 mm (A4 PDF)"},
	{plates.Large, "large", "plates of 570 × 370 mm (PDF, one to a page)"},
	{plates.Cards, "cards", "wallet cards (户卡, A4 PDF)"},
}

func (c *commands) plates() *cobra.Command {
	var q PlateAsk
	files := make([]string, len(printForms))
	cmd := &cobra.Command{
		Use: "plates", Short: "Issue the doorplates of a village and print sheets and wallet cards", Args: terminal.Exactly(0),
		Example: "  syncserver plates --village 441284105205 --issue --sheets plates.pdf --cards cards.pdf",
		RunE: func(cmd *cobra.Command, _ []string) error {
			if q.Village == "" {
				return terminal.Missing("--village")
			}
			if !q.Issue && strings.Join(files, "") == "" {
				return terminal.Missing("--issue / --sheets / --medium / --large / --cards")
			}
			answer, err := c.printPlates(cmd.Context(), q, files)
			if err != nil {
				return err
			}
			t := c.terminal()
			answer.PDF = nil
			return t.Show(answer, func(w io.Writer) {
				fmt.Fprintln(w, t.T("server.plates.issued", "village", answer.Village,
					"new", fmt.Sprint(answer.New), "kept", fmt.Sprint(answer.Kept), "without", fmt.Sprint(answer.Without)))
				if answer.Printed > 0 {
					fmt.Fprintln(w, t.T("server.plates.printed", "n", fmt.Sprint(answer.Printed), "url", answer.First))
				}
			})
		},
	}
	f := cmd.Flags()
	f.StringVar(&q.Village, "village", "", "village by statistical code or name")
	f.BoolVar(&q.Issue, "issue", false, "issue a plate for every house number that has none")
	for i, p := range printForms {
		f.StringVar(&files[i], p.flag, "", "write "+p.what+" to this file")
	}
	f.StringSliceVar(&q.Codes, "code", nil, "print only the plates with these short codes")
	f.StringVar(&q.PublicURL, "public-url", "", "address that the plates carry (default: that of the server)")
	f.BoolVar(&q.Force, "force", false, "print with another --public-url than the server's: such plates lead there, for good")
	f.StringVar(&q.Reason, "reason", "", "why plates are printed again")
	cmd.AddCommand(c.keeping()...)
	return cmd
}

// printPlates issues first, then prints each document asked for.
func (c *commands) printPlates(ctx context.Context, q PlateAsk, files []string) (answer PlateAnswer, err error) {
	if q.Issue {
		ask := q
		ask.Form = ""
		if answer, err = asOperator(ctx, c, "plates", ask, operator.plates); err != nil {
			return answer, err
		}
	}
	for i, file := range files {
		if file == "" {
			continue
		}
		ask := q
		ask.Issue, ask.Form = false, printForms[i].form
		printed, err := asOperator(ctx, c, "plates", ask, operator.plates)
		if err != nil {
			return answer, err
		}
		if err := os.WriteFile(file, printed.PDF, 0o600); err != nil {
			return answer, terminal.Unwritten(file, err)
		}
		answer.Village, answer.Printed, answer.First = printed.Village, printed.Printed, printed.First
	}
	return answer, nil
}
