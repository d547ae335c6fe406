// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"yuexin/shared/credit/subject"
	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/audit"
	"yuexin/shared/sync/record"
	"yuexin/shared/terminal"
	"yuexin/syncserver/lookup"
	"yuexin/syncserver/store"
)

type (
	// AuditAsk selects entries of the audit logs.
	AuditAsk struct {
		Whom   string // whose data: an id, a receipt number, a plate's code, an identity number
		Who    string // reader: a console user, a system user, or act_…
		Deed   string
		From   string // day
		To     string // day, inclusive
		Limit  int
		Cold   bool   // also months that were moved to files
		User   string // who asks, for the log
		Reason string
	}
	// AuditView is an entry as lists show it.
	AuditView struct {
		Log string `json:"log"` // "server", or the device whose log it is in
		audit.Entry
		Person string `json:"person,omitempty"` // by the name that others read
	}
	// WriteView is a change set that wrote to a record.
	WriteView struct {
		Person  string         `json:"person,omitempty"`
		Actor   string         `json:"actor"`
		Device  string         `json:"device"`
		Act     string         `json:"act"`
		Fields  []record.Field `json:"fields"`
		Clock   time.Time      `json:"clock"` // the device's own, as it was
		Clocks  audit.Clocks   `json:"clocks"`
		Lane    string         `json:"lane"`
		Number  uint64         `json:"number"`
		Outcome string         `json:"outcome"`
		Version string         `json:"version,omitempty"`
	}
	// VerifyAsk hands over heads that were kept elsewhere.
	VerifyAsk struct{ Heads []string }
	// HeadView is a signed head.
	HeadView struct {
		Entry uint64    `json:"entry"`
		At    time.Time `json:"at"`
		Head  string    `json:"head"`
	}
)

// auditList answers who saw whose data.
func (o operator) auditList(ctx context.Context, a AuditAsk) ([]AuditView, error) {
	q := store.AuditQuery{Deed: audit.Deed(a.Deed), Limit: a.Limit, Cold: a.Cold}
	if a.Deed != "" && !slices.Contains(audit.Deeds(), q.Deed) {
		return nil, fault.New(fault.Invalid, "server.audit.deed").WithField("deed")
	}
	var err error
	if q.From, err = day(a.From, 0); err != nil {
		return nil, err
	}
	if q.To, err = day(a.To, 1); err != nil {
		return nil, err
	}
	if err := o.auditReader(ctx, &q, a.Who); err != nil {
		return nil, err
	}
	by, err := o.auditWhom(ctx, &q, a.Whom)
	if err != nil {
		return nil, err
	}
	asked := audit.Entry{Deed: audit.Read, User: a.User, What: "syncserver audit list", Reason: cut(a.Reason)}
	if a.Whom != "" { // the number that was typed stays out of the log
		asked.Deed, asked.Touched = audit.LookUp, []audit.Touch{{Kind: subject.KindHousehold, Record: q.Record, Subject: q.Subject, By: by}}
	}
	if err := o.Store.Note(ctx, asked); err != nil {
		return nil, err
	}
	list, err := o.Store.Audited(ctx, q)
	if err != nil {
		return nil, err
	}
	out := make([]AuditView, len(list))
	for i, e := range list {
		out[i] = AuditView{Log: "server", Entry: e.Entry}
		if e.Log != (audit.Log{}) {
			out[i].Log = e.Log.Device.String()
		}
		if out[i].Person, err = o.Store.ActorName(ctx, e.Actor); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func day(text string, more int) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	at, err := time.ParseInLocation(time.DateOnly, text, time.Local)
	if err != nil {
		return at, fault.New(fault.Invalid, "server.audit.day").With("day", text)
	}
	return at.AddDate(0, 0, more), nil
}

func (o operator) auditReader(ctx context.Context, q *store.AuditQuery, who string) error {
	if actor, err := ident.Parse[ident.Actor](who); err == nil {
		q.Actor = actor
		return nil
	}
	u, err := o.Store.User(ctx, who)
	switch {
	case err == nil:
		q.Actor = u.Login.Actor
	case fault.Is(err, fault.NotFound):
		q.User = who
	default:
		return err
	}
	return nil
}

// auditWhom finds whose data is meant, and says by which field.
func (o operator) auditWhom(ctx context.Context, q *store.AuditQuery, text string) (by []record.Field, err error) {
	if text == "" {
		return nil, nil
	}
	if q.Record, err = ident.Parse[ident.Record](text); err == nil {
		return nil, nil
	}
	if q.Subject, err = ident.Parse[ident.Subject](text); err == nil {
		return nil, nil
	}
	q.Record, q.Subject = ident.Record{}, ident.Subject{}
	for _, way := range lookup.Ways(text) {
		rows, err := o.desk().List(ctx, way)
		if err != nil {
			return nil, err
		}
		if len(rows) > 0 {
			q.Record = rows[0].Header.ID
			return []record.Field{way.Where[0].Field}, nil
		}
	}
	return nil, unknownWhom(text)
}

// auditVerify checks the audit logs.
func (o operator) auditVerify(ctx context.Context, a VerifyAsk) (breaches []store.Breach, err error) {
	err = o.verifyAudit(ctx, a.Heads, onceOnly(func(b store.Breach) { breaches = append(breaches, b) }))
	return breaches, err
}

// auditHead signs where the log stands.
func (o operator) auditHead(ctx context.Context, _ None) (HeadView, error) {
	h, err := o.signHead(ctx)
	return HeadView{h.Number, time.UnixMilli(h.AtMS), h.String()}, err
}

func (c *commands) audit() *cobra.Command {
	cmd := &cobra.Command{
		Use: "audit", Short: "Who saw whose data and what administrators did: list, verify, head",
		Long: "The audit log says who saw whose data, which fields, when and where, and what administrators did.\n" +
			"It never holds a value. Each entry is chained to the one before it; every minute the server signs\n" +
			"where the log stands (" + headsName + "). Keep a head now and then where the server's administrators\n" +
			"cannot reach it:\n\n" +
			"  syncserver audit head\n  syncserver audit verify --head yxaudit1.…",
	}
	cmd.AddCommand(c.auditList(), c.auditVerify(), c.auditHead(), c.auditWrites())
	return cmd
}

func (c *commands) auditList() *cobra.Command {
	var q AuditAsk
	cmd := &cobra.Command{
		Use: "list", Short: "Show entries, newest first; --whom answers a resident who asks who looked at their data", Args: terminal.Exactly(0),
		Example: "  syncserver audit list --whom 7K2M-9QXT --reason 本人查询\n  syncserver audit list --who li --from 2026-11-01 --to 2026-11-30 --json",
		RunE: func(cmd *cobra.Command, _ []string) error {
			q.User = systemUser()
			list, err := asOperator(cmd.Context(), c, "audit.list", q, operator.auditList)
			if err != nil {
				return err
			}
			t := c.terminal()
			return t.Show(list, func(w io.Writer) {
				rows := [][]string{{"TIME", "WHO", "DID", "WHERE", "WHOSE", "FIELDS"}}
				for _, a := range list {
					rows = append(rows, auditLines(a)...)
				}
				terminal.Table(w, rows)
			})
		},
	}
	f := cmd.Flags()
	f.StringVar(&q.Whom, "whom", "", "whose data: identity number, receipt number, plate code, rec_… or sub_…")
	f.StringVar(&q.Who, "who", "", "who saw it: console user, system user or act_…")
	f.StringVar(&q.Deed, "deed", "", "read, list, look_up, export, print, login, refused, logout, act or received")
	f.StringVar(&q.From, "from", "", "first day, 2026-11-01")
	f.StringVar(&q.To, "to", "", "last day")
	f.IntVar(&q.Limit, "limit", 100, "at most this many entries")
	f.BoolVar(&q.Cold, "cold", false, "also months that were moved to files")
	f.StringVar(&q.Reason, "reason", "", "why it is looked at; it is noted")
	return cmd
}

// auditLines are the lines of an entry: one for each record, the first with who.
func auditLines(a AuditView) (rows [][]string) {
	who := a.Person
	if who == "" {
		who = a.User
	}
	head := []string{time.UnixMilli(a.AtMS).Format("2006-01-02 15:04:05"), who, string(a.Deed), a.What}
	for _, t := range a.Touched {
		whose := string(t.Kind) + " " + t.Record.String()
		if t.Record.IsZero() {
			whose = fmt.Sprintf("%s %s ×%d", t.Kind, t.Scope, t.Count)
		}
		var fields []string
		for _, f := range t.Fields {
			fields = append(fields, string(f))
		}
		rows = append(rows, append(head, whose, strings.Join(fields, ",")))
		head = []string{"", "", "", ""}
	}
	if rows == nil {
		rows = [][]string{append(head, a.About, a.Reason)}
	}
	return rows
}

func (c *commands) auditVerify() *cobra.Command {
	var q VerifyAsk
	cmd := &cobra.Command{
		Use: "verify", Short: "Check the audit logs and name the first entry that was changed, removed, inserted or re-ordered", Args: terminal.Exactly(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			breaches, err := asOperator(cmd.Context(), c, "audit.verify", q, operator.auditVerify)
			if err != nil {
				return err
			}
			return c.showBreaches(breaches, "server.audit.good")
		},
	}
	cmd.Flags().StringArrayVar(&q.Heads, "head", nil, "a head that was kept elsewhere; may be repeated")
	return cmd
}

func (c *commands) auditHead() *cobra.Command {
	return &cobra.Command{
		Use: "head", Short: "Sign and print where the audit log stands, to be kept elsewhere", Args: terminal.Exactly(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			h, err := asOperator(cmd.Context(), c, "audit.head", None{}, operator.auditHead)
			if err != nil {
				return err
			}
			return c.terminal().Show(h, func(w io.Writer) { fmt.Fprintln(w, h.Head) })
		},
	}
}

// auditWrites answers who wrote to a record, by the clocks of those who did.
func (o operator) auditWrites(ctx context.Context, a AuditAsk) ([]WriteView, error) {
	var q store.AuditQuery
	by, err := o.auditWhom(ctx, &q, a.Whom)
	if err != nil {
		return nil, err
	}
	asked := audit.Entry{
		Deed: audit.LookUp, User: a.User, What: "syncserver audit writes", Reason: cut(a.Reason),
		Touched: []audit.Touch{{Kind: subject.KindHousehold, Record: q.Record, By: by}},
	}
	if err := o.Store.Note(ctx, asked); err != nil {
		return nil, err
	}
	list, err := o.Store.Written(ctx, q.Record)
	if err != nil {
		return nil, unknown(err, "server.audit.whom", "whom", a.Whom)
	}
	out := make([]WriteView, len(list))
	for i, w := range list {
		out[i] = WriteView{
			Actor: w.Actor.String(), Device: w.Device.String(), Act: w.Act, Fields: w.Fields, Clock: time.UnixMilli(w.Clocks.WallMS), Clocks: w.Clocks,
			Lane: w.Link.Lane.Incarnation.String(), Number: w.Link.Number, Outcome: w.Outcome.String(),
		}
		if w.Version != 0 {
			out[i].Version = w.Version.String()
		}
		if out[i].Person, err = o.Store.ActorName(ctx, w.Actor); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (c *commands) auditWrites() *cobra.Command {
	var q AuditAsk
	cmd := &cobra.Command{
		Use: "writes", Short: "Show who wrote to a record, with the clock readings of their devices as they arrived", Args: terminal.Exactly(0),
		Example: "  syncserver audit writes --whom rec_… --json",
		RunE: func(cmd *cobra.Command, _ []string) error {
			if q.Whom == "" {
				return terminal.Missing("--whom")
			}
			q.User = systemUser()
			list, err := asOperator(cmd.Context(), c, "audit.writes", q, operator.auditWrites)
			if err != nil {
				return err
			}
			rows := [][]string{{"CLOCK", "WHO", "ACT", "OUTCOME", "FIELDS"}}
			for _, w := range list {
				who := w.Person
				if who == "" {
					who = w.Actor
				}
				var fields []string
				for _, f := range w.Fields {
					fields = append(fields, string(f))
				}
				rows = append(rows, []string{w.Clock.Format("2006-01-02 15:04:05"), who, w.Act, w.Outcome, strings.Join(fields, ",")})
			}
			return c.table(list, rows)
		},
	}
	cmd.Flags().StringVar(&q.Whom, "whom", "", "record: rec_…, identity number, receipt number or plate code")
	cmd.Flags().StringVar(&q.Reason, "reason", "", "why it is looked at; it is noted")
	return cmd
}
