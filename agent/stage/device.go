// SPDX-License-Identifier: Apache-2.0

package stage

import (
	"context"
	"slices"
	"time"

	"yuexin/agent/flow"
	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/enrol"
	"yuexin/shared/sync/hlc"
	"yuexin/shared/sync/record"
)

// Passphrase opens the laptop of the stage.
const Passphrase = "四个不相干的词语凑"

// Gate is the way into the laptop of the stage.
type Gate struct {
	Opened, All int64 // records, see Opening

	stage  *Stage
	device flow.Device
	secret string

	recovery recovery
}

// Fresh makes the laptop one that is not enrolled yet.
func (g *Gate) Fresh() { g.device = flow.Device{} }

// Share makes the laptop one on which several persons work.
func (g *Gate) Share() { g.device.Person = "" }

// Device tells who the laptop is.
func (g *Gate) Device() flow.Device { return g.device }

// Look sees a server that nobody vouches for.
func (g *Gate) Look(_ context.Context, address string, code enrol.Code) (enrol.Sighting, error) {
	clean, err := enrol.ParseAddress(address)
	if err != nil {
		return enrol.Sighting{}, err
	}
	pin := enrol.Pin{}
	for i := range pin {
		pin[i] = byte(7 * i)
	}
	return enrol.Sighting{Address: clean, Code: code, Pin: pin}, nil
}

// Enrol enrols the laptop with any ticket.
func (g *Gate) Enrol(_ context.Context, t enrol.Ticket, passphrase string) error {
	server := ""
	if len(t.Servers) > 0 {
		server = t.Servers[0]
	}
	g.device = flow.Device{Enrolled: true, Name: "走访笔记本", Person: "陈建国", Server: server}
	g.secret = passphrase
	return nil
}

// Unlock opens the desk for Passphrase, or what Enrol was given.
func (g *Gate) Unlock(ctx context.Context, passphrase string) (*flow.Desk, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	want := Passphrase
	if g.secret != "" {
		want = g.secret
	}
	if passphrase != want {
		return nil, fault.New(fault.Unauthenticated, "replica.passphrase")
	}
	return g.stage.Desk, nil
}

// Besides opens the key of the colleague who accompanies on the stage.
const Besides = "陪访人自己的一句口令"

// Beside lets the colleague in for Besides.
func (g *Gate) Beside(_ context.Context, passphrase string) (*flow.Desk, func(), error) {
	switch passphrase {
	case Besides:
		return g.stage.Colleague(), func() {}, nil
	case Passphrase:
		return nil, nil, fault.New(fault.Invalid, "replica.beside")
	}
	return nil, nil, fault.New(fault.Unauthenticated, "replica.passphrase")
}

// Taken is the passphrase of a colleague who works on the laptop.
const Taken = "这是同事已经在用的口令"

// AddUser takes any ticket, of 王五.
func (g *Gate) AddUser(_ context.Context, _ enrol.Ticket, passphrase string) (string, error) {
	if passphrase == Taken {
		return "", fault.New(fault.Invalid, "replica.passphrase_taken").WithField("passphrase")
	}
	g.Share()
	return "王五", nil
}

// Lock does nothing: the stage has nothing to hide.
func (g *Gate) Lock() {}

// Tray holds what the server of the stage refused.
type Tray struct {
	stage  *Stage
	groups []flow.RefusedGroup
	broken []flow.Remains

	Reasons []string // why something was put aside
}

// Refuse puts an act into the tray with a reason.
func (t *Tray) Refuse(act record.Act, reason string, field record.Field, args map[string]string) {
	number := uint64(900 + len(t.groups))
	link := record.Link{Lane: record.Lane{Incarnation: id[ident.Incarnation](1), Scope: act.Scope}, Number: number}
	set := &record.ChangeSet{
		Link: link, Actor: Me, Reading: hlc.Reading{WallMS: t.stage.now.Add(-3 * time.Hour).UnixMilli()}, Act: act,
	}
	rc := record.Receipt{Link: link, Outcome: record.Rejected, Reason: reason, Args: args, Field: field, Record: act.Writes[0].Header}
	t.groups = append(t.groups, flow.RefusedGroup{Items: []flow.Refused{{Receipt: rc, Set: set}}})
}

// Seal puts into the tray what was refused in a village that the device has no more.
func (t *Tray) Seal() {
	link := record.Link{Lane: record.Lane{Incarnation: id[ident.Incarnation](1), Scope: "unit:taken"}, Number: 1}
	set := &record.ChangeSet{Link: link, Reading: hlc.Reading{WallMS: t.stage.now.Add(-3 * time.Hour).UnixMilli()}}
	rc := record.Receipt{Link: link, Outcome: record.Rejected, Reason: "sync.sealed"}
	t.groups = append(t.groups, flow.RefusedGroup{Items: []flow.Refused{{Receipt: rc, Set: set}}})
}

// Break puts into the tray what cannot be read any more.
func (t *Tray) Break() {
	link := record.Link{Lane: record.Lane{Incarnation: id[ident.Incarnation](1), Scope: Fuxi}, Number: 7}
	t.broken = append(t.broken, flow.Remains{Link: link, MadeMS: t.stage.now.Add(-5 * time.Hour).UnixMilli(), Sealed: make([]byte, 1430)})
}

// Broken returns what cannot be read any more.
func (t *Tray) Broken(context.Context) ([]flow.Remains, error) { return slices.Clone(t.broken), nil }

// Dismiss puts it aside.
func (t *Tray) Dismiss(_ context.Context, link record.Link, reason string) error {
	if reason == "" {
		return fault.New(fault.Invalid, "replica.dismiss").WithField("reason")
	}
	t.Reasons = append(t.Reasons, reason)
	t.broken = slices.DeleteFunc(t.broken, func(r flow.Remains) bool { return r.Link == link })
	return nil
}

// Refused returns the tray.
func (t *Tray) Refused(context.Context) ([]flow.RefusedGroup, error) {
	return slices.Clone(t.groups), nil
}

// Resubmit applies the act and takes the refused one out.
func (t *Tray) Resubmit(ctx context.Context, link record.Link, act record.Act) (record.Receipt, error) {
	rc, err := t.stage.Desk.Store.Apply(ctx, act)
	if err != nil {
		return rc, err
	}
	return rc, t.Discard(ctx, link)
}

// Discard takes a refused act out.
func (t *Tray) Discard(_ context.Context, link record.Link) error {
	before := len(t.groups)
	t.groups = slices.DeleteFunc(t.groups, func(g flow.RefusedGroup) bool { return g.Items[0].Receipt.Link == link })
	if len(t.groups) == before {
		return fault.New(fault.NotFound, "record.missing")
	}
	return nil
}

// Opening says how far the stage is told to be.
func (g *Gate) Opening() (done, all int64) { return g.Opened, g.All }

// Sync is the line of the stage: it says what it is told to say.
type Sync struct {
	reading flow.Reading
	changed chan struct{}
	Kicks   int
	Paused  bool          // attachments
	Left    []flow.Unsent // files that wait
	Acts    []flow.Sent
}

func newSync() *Sync {
	return &Sync{changed: make(chan struct{}), reading: flow.Reading{
		Waiting: 3, Oldest: Now.Add(-2 * time.Hour), Since: Now.Add(-26 * time.Hour),
		Fault: fault.New(fault.Unavailable, "sync.no_link"), Next: Now.Add(40 * time.Second),
	}}
}

// Set changes how sync stands.
func (s *Sync) Set(r flow.Reading) {
	s.reading = r
	close(s.changed)
	s.changed = make(chan struct{})
}

// Reading returns how sync stands.
func (s *Sync) Reading(context.Context) (flow.Reading, <-chan struct{}, error) {
	return s.reading, s.changed, nil
}

// PauseFiles takes note.
func (s *Sync) PauseFiles(pause bool) {
	s.Paused = pause
	s.reading.Files.Paused = pause
}

// Unsent returns what Left says.
func (s *Sync) Unsent(context.Context) ([]flow.Unsent, error) { return s.Left, nil }

// Pause takes note.
func (s *Sync) Pause(pause bool) { s.reading.Paused = pause }

// Sent returns what the stage was given to show.
func (s *Sync) Sent(_ context.Context, waiting bool) ([]flow.Sent, error) {
	var out []flow.Sent
	for _, one := range s.Acts {
		if !waiting || one.Receipt.Outcome == record.Pending || one.Receipt.Outcome == record.Rejected || one.Receipt.Outcome == record.Quarantined {
			out = append(out, one)
		}
	}
	if waiting {
		slices.Reverse(out)
	}
	return out, nil
}

// Kick counts.
func (s *Sync) Kick() { s.Kicks++ }
