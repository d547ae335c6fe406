// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"time"

	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/region"
	"yuexin/shared/sync/record"
	"yuexin/syncserver/desk"
	"yuexin/syncserver/fleet"
	"yuexin/syncserver/store"
	"yuexin/syncserver/web/console"
)

// The questions that administrators' commands ask, and their answers. Each is
// plain data: it travels over the socket when the server runs.
type (
	// EnrolAsk asks for a one-time code.
	EnrolAsk struct {
		Device   string   // id of an existing device; "" for a new one
		Name     string   // of the device
		Program  string   // kiosk or agent
		Person   string   // their name as others read it
		Actor    string   // id of a person who is known already; "" for a new one
		Role     string   // kiosk, cadre, officer
		Villages []string // statistical codes
	}
	// EnrolAnswer is the code in all its forms.
	EnrolAnswer struct {
		QR      string    `json:"qr"`
		File    string    `json:"file"` // content of an .enrol file
		Code    string    `json:"code"`
		Server  string    `json:"server"`
		Words   string    `json:"words,omitempty"`
		Expires time.Time `json:"expires"`
	}
	// UserAsk asks for a console user.
	UserAsk struct {
		Name, Display, Role, Password string
		Org                           string   // id or name; a reviewer needs one
		Villages                      []string // none: all
		Reset                         bool     // a new password for an existing user
	}
	// UserView is a console user as lists show it.
	UserView struct {
		Name    string    `json:"name"`
		Display string    `json:"display"`
		Role    string    `json:"role"`
		Off     bool      `json:"off"`
		Created time.Time `json:"created"`
	}
	// BackupAsk names the folder of a backup.
	BackupAsk struct{ Dir string }
	// None is no question or no answer.
	None struct{}
)

// operator answers administrators' commands on an open App.
type operator struct {
	*App
	fleet *fleet.Service
}

// enrol makes a one-time code for a device.
func (o operator) enrol(ctx context.Context, a EnrolAsk) (EnrolAnswer, error) {
	if err := o.reachable(); err != nil {
		return EnrolAnswer{}, err
	}
	invite, err := o.invite(ctx, a)
	if err != nil {
		return EnrolAnswer{}, err
	}
	issued, err := o.fleet.NewTicket(ctx, invite)
	if err != nil {
		return EnrolAnswer{}, err
	}
	if err := o.enter(ctx, invite); err != nil {
		return EnrolAnswer{}, err
	}
	return enrolAnswer(issued)
}

// enter puts whoever a ticket is for into the directory.
func (a *App) enter(ctx context.Context, i fleet.Invite) error {
	if i.Program == "kiosk" {
		return a.office().AddMachine(ctx, i.Actor, i.Display)
	}
	return a.office().AddStaff(ctx, i.Actor, i.Display, "", ident.Org{})
}

func enrolAnswer(issued fleet.Issued) (out EnrolAnswer, err error) {
	t := issued.Ticket
	if out.QR, err = t.QR(); err != nil {
		return out, err
	}
	file, err := t.File()
	if err != nil {
		return out, err
	}
	out.File, out.Code, out.Server, out.Expires = string(file), t.Code.String(), t.Servers[0], t.Expires
	if issued.HasWords {
		out.Words = issued.Words.String()
	}
	return out, nil
}

func (o operator) invite(ctx context.Context, a EnrolAsk) (i fleet.Invite, err error) {
	i = fleet.Invite{Name: a.Name, Program: a.Program, Display: a.Person, Role: record.Role(a.Role), By: o.logins.Desk.Actor}
	if a.Device != "" {
		if i.Device, err = ident.Parse[ident.Device](a.Device); err != nil {
			return i, err
		}
	}
	if i.Actor, err = o.actor(a.Actor); err != nil {
		return i, err
	}
	i.Scopes, err = o.scopes(ctx, a.Villages)
	return i, err
}

// actor reads the id of a known person, or makes one for a new person.
func (o operator) actor(text string) (ident.Actor, error) {
	if text != "" {
		return ident.Parse[ident.Actor](text)
	}
	return ident.New[ident.Actor](o.Now().UnixMilli(), o.Random)
}

// scopes returns the scopes of villages by their statistical codes, and ref,
// which everybody holds.
func (a *App) scopes(ctx context.Context, villages []string) ([]ident.Scope, error) {
	scopes := []ident.Scope{ident.Ref}
	for _, text := range villages {
		scope, err := a.village(ctx, text)
		if err != nil {
			return nil, err
		}
		scopes = append(scopes, scope)
	}
	return scopes, nil
}

// village returns the scope of the village with this statistical code or name.
func (a *App) village(ctx context.Context, text string) (ident.Scope, error) {
	scope, _, err := a.place(ctx, text)
	return scope, err
}

// place returns a village of this server and its scope.
func (a *App) place(ctx context.Context, text string) (ident.Scope, region.Unit, error) {
	rows, err := a.desk().List(ctx, record.Query{Kind: desk.KindUnit, Limit: 30_000})
	if err != nil {
		return "", region.Unit{}, err
	}
	scopes := make(map[region.Code]ident.Scope, len(rows))
	for _, r := range rows {
		scopes[region.Code(r.Text("region_code"))] = r.Header.Scope
	}
	unit, err := a.Regions.Find(text, func(c region.Code) bool { return scopes[c] != "" })
	if fault.Is(err, fault.NotFound) { // of this server; it may be a place all the same
		if other, e := a.Regions.Find(text, nil); e == nil {
			unit, err = other, nil
		}
	}
	if err == nil && scopes[unit.Code] == "" {
		err = fault.New(fault.NotFound, "server.village").With("village", a.Regions.PathName(unit.Code))
	}
	return scopes[unit.Code], unit, err
}

// addUser makes a console user or gives one a new password.
func (o operator) addUser(ctx context.Context, a UserAsk) (None, error) {
	if a.Reset {
		err := o.Gate.Reset(ctx, a.Name, a.Password)
		return None{}, unknown(err, "server.user.unknown", "name", a.Name)
	}
	u, err := o.newUser(ctx, a)
	if err != nil {
		return None{}, err
	}
	return None{}, o.Gate.AddUser(ctx, u, a.Password)
}

func (o operator) newUser(ctx context.Context, a UserAsk) (u store.User, err error) {
	role := record.Role(a.Role)
	if !slices.Contains(console.Roles(), role) {
		return u, fault.New(fault.Invalid, "server.role").With("role", a.Role).WithField("role")
	}
	u = store.User{Name: a.Name, Display: a.Display, Created: o.Now()}
	if u.Org, err = o.userOrg(ctx, role, a.Org); err != nil {
		return u, err
	}
	var scopes []ident.Scope // nil: all
	if len(a.Villages) > 0 {
		if scopes, err = o.scopes(ctx, a.Villages); err != nil {
			return u, err
		}
	}
	u.Login, err = o.newLogin(role, scopes)
	return u, err
}

// userOrg returns whom a user works for. A reviewer sees the demands of one
// bank, so without a bank there would be nothing to see.
func (o operator) userOrg(ctx context.Context, role record.Role, text string) (ident.Org, error) {
	if text != "" {
		return o.org(ctx, text)
	}
	if role == console.Reviewer {
		return ident.Org{}, fault.New(fault.Invalid, "server.user.org").WithField("org")
	}
	return ident.Org{}, nil
}

func (o operator) users(ctx context.Context, _ None) ([]UserView, error) {
	all, err := o.Store.Users(ctx)
	if err != nil {
		return nil, err
	}
	views := make([]UserView, len(all))
	for i, u := range all {
		views[i] = UserView{Name: u.Name, Display: u.Display, Role: string(u.Login.Role), Off: u.Off, Created: u.Created}
	}
	return views, nil
}

// unknown gives fault.NotFound words for the one who asked; any other error
// stays as it is.
func unknown(err error, key string, pair ...string) error {
	if fault.Is(err, fault.NotFound) {
		return fault.New(fault.NotFound, key).With(pair[0], pair[1]).WithCause(err)
	}
	return err
}

// verify checks every invariant of the store.
func (o operator) verify(ctx context.Context, _ None) (breaches []store.Breach, err error) {
	report := onceOnly(func(b store.Breach) { breaches = append(breaches, b) })
	if err := o.Store.Verify(ctx, report); err != nil {
		return breaches, err
	}
	return breaches, o.verifyAudit(ctx, nil, report)
}

// serveOperators answers commands while the server runs; call the result to
// stop.
func (s *server) serveOperators() (stop func(), err error) {
	l, err := listenSocket(s.Dir)
	if err != nil {
		return nil, err
	}
	o := operator{App: s.App, fleet: s.fleet}
	mux := http.NewServeMux()
	answer(mux, "enrol", o.enrol)
	answer(mux, "user", o.addUser)
	answer(mux, "users", o.users)
	answer(mux, "verify", o.verify)
	answer(mux, "audit.list", o.auditList)
	answer(mux, "audit.verify", o.auditVerify)
	answer(mux, "audit.head", o.auditHead)
	answer(mux, "audit.writes", o.auditWrites)
	answer(mux, "backup", o.backup)
	answer(mux, "plates", o.plates)
	answer(mux, "form.print", o.paper)
	answer(mux, "plates.void", o.voidPlates)
	answer(mux, "plates.replace", o.replacePlates)
	answer(mux, "plates.split", o.splitPlate)
	answer(mux, "plates.merge", o.mergePlates)
	answer(mux, "plates.bind", o.bindPlate)
	answer(mux, "plates.map", o.mapPlate)
	answer(mux, "plates.rotate", o.rotatePlateKey)
	answer(mux, "village", o.addVillages)
	answer(mux, "villages", o.listVillages)
	answer(mux, "org", o.addOrg)
	answer(mux, "orgs", o.listOrgs)
	answer(mux, "village.assets", o.addCollective)
	answer(mux, "reference.issue", o.issueLetter)
	answer(mux, "reference.verify", o.verifyLetter)
	answer(mux, "notice.add", o.addNotice)
	answer(mux, "notices", o.listNotices)
	answer(mux, "notice.end", o.endNotice)
	answer(mux, "points.add", o.proposePoints)
	answer(mux, "points.approve", o.approvePoints)
	answer(mux, "points.list", o.listPoints)
	answer(mux, "points.balance", o.pointBalances)
	answer(mux, "points.back", o.takePointsBack)
	answer(mux, "points.board", o.pointsBoard)
	answer(mux, "whole.begin", o.beginWhole)
	answer(mux, "whole.open", o.openRound)
	answer(mux, "whole.close", o.closeRound)
	answer(mux, "whole.rounds", o.listRounds)
	answer(mux, "whole.list", o.listWhole)
	answer(mux, "score", o.score)
	answer(mux, "score.again", o.scoreAgain)
	answer(mux, "credit.list", o.listCredit)
	answer(mux, "credit.release", o.releaseCredit)
	answer(mux, "title.judge", o.judgeTitle)
	answer(mux, "title.award", o.awardTitle)
	answer(mux, "title.check", o.checkTitle)
	answer(mux, "title.withdraw", o.withdrawTitle)
	answer(mux, "title.list", o.listTitles)
	answer(mux, "staff", o.listStaff)
	answer(mux, "post", o.post)
	answer(mux, "handover", o.handOver)
	answer(mux, "devices", o.devices)
	answer(mux, "work", o.work)
	answer(mux, "publish", o.publish)
	answer(mux, "rules.stage", o.publish)
	answer(mux, "rules.second", o.publish)
	answer(mux, "ring", func(ctx context.Context, _ None) (RingAnswer, error) { return o.ring(ctx) })
	answer(mux, "receipt", o.receipt)
	answer(mux, "published", o.published)
	answer(mux, "scopes", func(ctx context.Context, names []string) ([]ident.Scope, error) { return o.scopes(ctx, names) })
	answer(mux, "taken", o.taken)
	answer(mux, "take", o.take)
	answer(mux, "grant", o.grant)
	answer(mux, "revoke", o.revoke)
	answer(mux, "adopted", o.adopted)
	answer(mux, "switch", o.switchOff)
	answer(mux, "admin", o.addAdmin)
	answer(mux, "admin.remove", o.publish)
	answer(mux, "admins", o.admins)
	answer(mux, "approved", o.approved)
	answer(mux, "import", o.importLedger)
	answer(mux, "sample", func(ctx context.Context, a SampleAsk) (SampleAnswer, error) { return o.sampleData(ctx, a, nil) })
	srv := &http.Server{Handler: guarded(s.Log, witnessed(s.App, mux)), ErrorLog: errorLog(s.Log), ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = srv.Serve(l) }() // ends with Close
	return func() { _ = srv.Close() }, nil
}

// A server that starts or stops holds the folder while its socket does not
// answer; a command waits for the one or the other.
const (
	busyTries = 100
	busyPause = 100 * time.Millisecond
)

// reach returns the running server, or else the opened data folder.
func reach(ctx context.Context, c *commands) (client *socketClient, app *App, err error) {
	for range busyTries {
		if client, running := dialSocket(ctx, c.dir); running {
			return client, nil, nil
		}
		app, err = Open(ctx, production(c.dir, c.sample, c.log()))
		if f := fault.From(err); err == nil || f.Key != "sync.store.busy" || ctx.Err() != nil {
			return nil, app, err
		}
		time.Sleep(busyPause)
	}
	return nil, nil, err
}

// asOperator asks the running server, or opens the data folder itself.
func asOperator[A, R any](ctx context.Context, c *commands, name string, question A,
	do func(operator, context.Context, A) (R, error)) (result R, err error) {
	client, app, err := reach(ctx, c)
	if err != nil {
		return result, err
	}
	if client != nil {
		return ask[A, R](ctx, client, name, question)
	}
	defer func() {
		if e := app.Close(); err == nil {
			err = e
		}
	}()
	o, err := app.offline(ctx)
	if err != nil {
		return result, err
	}
	ctx = withWitness(ctx, app, systemUser())
	if err = noteDeed(ctx, name, question); err == nil {
		result, err = do(o, ctx, question)
	}
	if err != nil {
		return result, fmt.Errorf("%s: %w", name, err)
	}
	return result, nil
}
