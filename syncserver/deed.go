// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"os/user"
	"slices"
	"strings"

	"yuexin/shared/fault"
	"yuexin/shared/sync/audit"
	"yuexin/syncserver/store"
	"yuexin/syncserver/web/console"
)

// What administrators do by commands is in the audit log like what they do in the
// console: noted before it is done, under the name of the system user, whether the
// server runs or not.

// userHeader names the system user to a running server.
const userHeader = "Yuexin-User"

// systemUser is who runs the command, as the system knows them. Whoever owns the
// data folder can say otherwise: the socket has no other proof.
func systemUser() string {
	u, err := user.Current()
	if err != nil {
		return "?"
	}
	return u.Username
}

type witnessKey struct{}

// witness is where commands of one user are noted.
type witness struct {
	app   *App
	user  string
	login store.Login // of a console user; zero for a command
}

func withWitness(ctx context.Context, app *App, user string) context.Context {
	return context.WithValue(ctx, witnessKey{}, witness{app: app, user: user})
}

// quiet are the commands that change nothing and show nobody's data, and those that
// note by themselves.
var quiet = []string{
	"users", "verify", "villages", "orgs", "notices", "points.board", "whole.rounds", "whole.list", "title.judge", "title.list", "reference.verify", "score", "staff", "devices", "work", "receipt", "admins", "ring", "form.print",
	"audit.list", "audit.verify", "audit.head", "audit.writes",
}

// noteDeed notes a command before it is carried out. A command that is not known to
// be quiet counts as an act.
func noteDeed(ctx context.Context, name string, question any) error {
	w, ok := ctx.Value(witnessKey{}).(witness)
	if !ok || slices.Contains(quiet, name) {
		return nil
	}
	e := audit.Entry{Deed: audit.Act, User: w.user, What: "syncserver " + name}
	if a, ok := question.(PlateAsk); ok && a.Form != "" {
		e.Deed = audit.Print
	}
	about, reason := describe(question)
	e.About, e.Reason = cut(about), cut(reason)
	return w.app.Store.Note(ctx, e)
}

func cut(text string) string {
	return strings.ToValidUTF8(text[:min(len(text), audit.MaxText)], "")
}

// describe says what a command is about: never a password, a key, or the content of
// a file.
func describe(question any) (about, reason string) {
	join := func(parts ...string) string {
		return strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), " ")
	}
	switch q := question.(type) {
	case []string:
		return join(q...), ""
	case EnrolAsk:
		return join(q.Device, q.Program, q.Name, q.Person, q.Actor, q.Role, join(q.Villages...)), ""
	case UserAsk:
		return join(q.Name, q.Role, q.Org, join(q.Villages...), onlyIf(q.Reset, "password")), ""
	case PointsAsk:
		return join(q.As, q.Household, q.Item, q.Day, q.Entry), q.Note
	case CreditAsk:
		return join(q.Household, q.Grant), q.Reason
	case TitleAsk:
		return join(q.As, q.Second, q.Title, q.Place, q.Name, q.Grade, q.Plaque), q.Reason
	case PointsOf:
		return join(q.Village, q.Month), ""
	case WholeAsk:
		return join(q.Village, q.Round, join(q.Reviewers...), join(q.Out...)), ""
	case SwitchAsk:
		return join(q.ID, onlyIf(q.Off, "off"), onlyIf(!q.Off, "on")), ""
	case PlateAsk:
		return join(q.Village, onlyIf(q.Issue, "issue"), string(q.Form), join(q.Codes...)), q.Reason
	case PlateDeed:
		return join(q.Village, join(q.Codes...)), q.Reason
	case OrgAsk:
		return join(q.Name, q.Kind), ""
	case PostAsk:
		return join(join(q.Villages...), q.Officer, q.Bank, q.From), ""
	case console.HandOverAsk:
		return join(q.From, q.To, q.Bank, onlyIf(q.Do, "do"), onlyIf(!q.Do, "list")), join(q.Reason, q.Force)
	case BackupAsk:
		return q.Dir, ""
	case RestoreAsk:
		return q.Backup, ""
	case ImportAsk:
		return join(join(q.Villages...), onlyIf(q.Write, "write"), onlyIf(!q.Write, "dry run")), ""
	case TakeAsk:
		return join(q.File, onlyIf(q.Dry, "dry run")), ""
	case ApprovalAsk:
		return join(q.Step, q.Admin, q.Device), ""
	case AdminAsk:
		return q.Public.ID().String(), ""
	case PublishAsk:
		var parts []string
		for _, e := range q.Editions {
			parts = append(parts, fmt.Sprintf("%s: %d %%, %s;", e.Title(), e.Percent, e.By))
		}
		return join(parts...), ""
	}
	return "", ""
}

func onlyIf(condition bool, text string) string {
	if condition {
		return text
	}
	return ""
}

// unknownWhom is the answer where nobody is found whose data could have been seen.
func unknownWhom(text string) error {
	return fault.New(fault.NotFound, "server.audit.whom").With("whom", text)
}
