// SPDX-License-Identifier: Apache-2.0

package station

import (
	"context"
	"errors"
	"slices"
	"strings"

	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/enrol"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/replica"
)

// AddUser lets one more person work on this device, which somebody has unlocked: it uses
// a ticket that was made for this device and that person. On a kiosk it is somebody of the
// staff, and somebody of the staff has opened it, unless there is nobody yet. The server learns the person's
// own key as it learned the first one's, with the enrolment, signed by the device; so
// what they settle together with others counts. Broken off anywhere, it can be called
// again with the same ticket. fault.NotAllowed for a ticket of another device.
func (s *Station) AddUser(ctx context.Context, t enrol.Ticket, passphrase string) (enrol.Login, error) {
	if err := s.Enrolled(); err != nil {
		return enrol.Login{}, err
	}
	if len([]rune(passphrase)) < MinPassphrase {
		return enrol.Login{}, fault.New(fault.Invalid, "station.passphrase").WithField("passphrase")
	}
	device, person, err := s.Replica.Joining(ctx, string(t.Code))
	if err != nil {
		return enrol.Login{}, err
	}
	defer device.Zero()
	defer person.Zero()
	keys := enrol.DeviceKeys{Sign: device}
	if keys.Person, err = person.Public(); err != nil {
		return enrol.Login{}, err
	}
	e, err := enrol.Enrol(ctx, nil, t, keys, s.Program+"/"+s.Version, s.Replica.Incarnation())
	if err != nil {
		return enrol.Login{}, err
	}
	if e.Device != s.Enrolment.Device {
		return enrol.Login{}, fault.New(fault.NotAllowed, "station.ticket_device")
	}
	return e.Login, s.Replica.AddUser(ctx, replica.NewUser{
		Actor: e.Login.Actor, Name: e.Login.Display, Passphrase: passphrase, Person: person, Login: e.Login.ID, Role: e.Login.Role,
	})
}

// sessionOf returns the login under which a person works here: the first that the server
// gave them on this device and has not voided, for its key is the one they sign with.
func (s *Station) sessionOf(ctx context.Context, actor ident.Actor) (replica.Session, error) {
	if first := s.Enrolment.Login; actor == first.Actor {
		return replica.Session{Actor: actor, Login: first.ID, Role: first.Role}, nil
	}
	logins, err := s.Replica.Logins(ctx)
	if err != nil {
		return replica.Session{}, err
	}
	i := slices.IndexFunc(logins, func(l replica.Login) bool { return l.Actor == actor && !l.Void })
	if i < 0 {
		return replica.Session{}, fault.New(fault.NotAllowed, "station.no_login")
	}
	return replica.Session{Actor: actor, Login: logins[i].ID, Role: logins[i].Role}, nil
}

// Session is the login under which the station reads and writes: of whoever unlocked it,
// and before that of the person of the enrolment.
func (s *Station) Session() replica.Session {
	if s.Replica != nil {
		if u := s.Replica.User(); u != nil && u.Actor == s.session.Actor {
			return s.session
		}
	}
	l := s.Enrolment.Login
	return replica.Session{Actor: l.Actor, Login: l.ID, Role: l.Role}
}

// Person returns the name of who unlocked the station, or of who it was enrolled for.
func (s *Station) Person() string {
	if s.Replica != nil {
		if u := s.Replica.User(); u != nil {
			return u.Name
		}
	}
	return s.Enrolment.Login.Display
}

// Whose returns the person that an id names, of those who can unlock the station; with ""
// the only one. fault.Invalid "station.whose" where there are several.
func (s *Station) Whose(ctx context.Context, id string) (ident.Actor, error) {
	users, err := s.Replica.Users(ctx)
	if err != nil {
		return ident.Actor{}, err
	}
	if id == "" && len(users) == 1 {
		return users[0], nil
	}
	var names []string
	for _, u := range users {
		if u.String() == id {
			return u, nil
		}
		names = append(names, u.String())
	}
	return ident.Actor{}, fault.New(fault.Invalid, "station.whose").With("ids", strings.Join(names, " "))
}

// Guest is a person who was let in beside whoever unlocked the laptop: they vouch for something with their own key, and
// leave.
type Guest struct {
	Name    string
	Session replica.Session
	Store   record.Store // what they read is noted as theirs

	user *replica.User
}

// Leave forgets the person's key.
func (g *Guest) Leave() { g.user.Leave() }

// Beside lets one more person in with their own passphrase, at a laptop that stays unlocked for who works there. Faults
// are those of replica.Beside; NotAllowed "station.no_login" for a person whose login the server has voided.
func (s *Station) Beside(ctx context.Context, passphrase string) (*Guest, error) {
	u, err := s.Replica.Beside(ctx, passphrase)
	if fault.Is(err, fault.Unauthenticated) {
		return nil, errors.Join(err, s.Replica.NoteRefused(ctx))
	}
	if err != nil {
		return nil, err
	}
	g := &Guest{Name: u.Name, user: u}
	if g.Session, err = s.sessionOf(ctx, u.Actor); err == nil {
		err = s.Replica.NoteUnlocked(ctx, g.Session, "beside")
	}
	if err != nil {
		u.Leave()
		return nil, err
	}
	g.Store = s.Replica.BesideAs(g.Session, u, s.Program, s.Book().Audit, s.consented(g.Session))
	return g, nil
}
