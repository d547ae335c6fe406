// SPDX-License-Identifier: Apache-2.0

package station

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"yuexin/shared/durable"
	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/enrol"
	"yuexin/shared/sync/replica"
	"yuexin/shared/sync/seal"
)

// pendingFile keeps the device's new key while it enrols, so that an answer
// that was lost on the way can be asked for again. It goes once the replica,
// which keeps the key sealed, exists.
const pendingFile = "enrolling.key"

type pending struct {
	Sign        []byte            `json:"sign"`
	Person      []byte            `json:"person,omitempty"` // own key of a laptop's first person
	Incarnation ident.Incarnation `json:"incarnation"`
}

// Enrol makes this folder a device: it uses the ticket, keeps what the server
// answered, and creates the replica. passphrase will unlock a laptop; a kiosk
// needs none. Broken off anywhere, it can be called again with the same
// ticket.
func (s *Station) Enrol(ctx context.Context, t enrol.Ticket, passphrase string) error {
	if s.Replica != nil {
		return fault.New(fault.Conflict, "station.enrolled").With("name", s.Enrolment.Name)
	}
	if s.profile() == replica.Laptop && len([]rune(passphrase)) < MinPassphrase {
		return fault.New(fault.Invalid, "station.passphrase").WithField("passphrase")
	}
	p, own, err := s.pendingKeys()
	if err != nil {
		return err
	}
	keys := enrol.DeviceKeys{Sign: own.device}
	if !own.person.IsZero() {
		if keys.Person, err = own.person.Public(); err != nil {
			return err
		}
	}
	e, err := enrol.Enrol(ctx, nil, t, keys, s.Program+"/"+s.Version, p.Incarnation)
	if err != nil {
		return err
	}
	if err := s.create(ctx, e, own, passphrase); err != nil {
		return err
	}
	if err := s.writeJSON(enrolmentFile, e); err != nil {
		return err
	}
	s.Enrolment = e
	return os.Remove(s.path(pendingFile))
}

// MinPassphrase is the least number of characters of a laptop's passphrase:
// it stands between a stolen disk and 500 households.
const MinPassphrase = 10

// ownKeys are the private keys that an enrolment names.
type ownKeys struct {
	device seal.SignPrivate
	person seal.SignPrivate // of a laptop's first person; empty on a kiosk
}

// pendingKeys returns the keys of an enrolment under way, drawing them at first.
func (s *Station) pendingKeys() (p pending, own ownKeys, err error) {
	data, err := os.ReadFile(s.path(pendingFile))
	if errors.Is(err, fs.ErrNotExist) {
		return s.drawKeys()
	}
	if err != nil {
		return p, own, fmt.Errorf("read the key of the enrolment under way: %w", err)
	}
	if err = json.Unmarshal(data, &p); err == nil {
		own.device, err = seal.ParseSignPrivate(p.Sign)
	}
	if err == nil && p.Person != nil {
		own.person, err = seal.ParseSignPrivate(p.Person)
	}
	if err != nil {
		return p, own, fault.New(fault.Corrupt, "station.pending").WithCause(err)
	}
	return p, own, nil
}

func (s *Station) drawKeys() (p pending, own ownKeys, err error) {
	if own.device, err = seal.NewSign(seal.Default, rand.Reader); err != nil {
		return p, own, err
	}
	p.Sign = own.device.Encode()
	if s.profile() == replica.Laptop {
		if own.person, err = seal.NewSign(seal.Default, rand.Reader); err != nil {
			return p, own, err
		}
		p.Person = own.person.Encode()
	}
	if p.Incarnation, err = ident.New[ident.Incarnation](s.Clock.Reading().WallMS, rand.Reader); err != nil {
		return p, own, err
	}
	return p, own, s.writeJSON(pendingFile, p)
}

func (s *Station) create(ctx context.Context, e enrol.Enrolment, own ownKeys, passphrase string) error {
	if _, err := os.Stat(s.path(replicaFile)); err == nil {
		// A replica without an enrolment file is what is left of a set-up that
		// was broken off between the two: nobody has worked in it.
		if err := s.removeReplica(); err != nil {
			return err
		}
	}
	setup := replica.Setup{
		Identity: replica.Identity{
			Profile: s.profile(), Device: e.Device, ShortID: e.ShortID, Name: e.Name, Server: e.Servers[0],
		},
		Key: own.device, ServerBox: e.ServerBox, Admins: e.Admins,
	}
	if s.profile() == replica.Laptop {
		setup.User = &replica.NewUser{Actor: e.Login.Actor, Name: e.Login.Display, Passphrase: passphrase, Person: own.person}
	}
	var err error
	s.Replica, err = replica.Create(ctx, s.path(replicaFile), setup, s.options())
	return err
}

func (s *Station) removeReplica() error {
	for _, suffix := range []string{"", "-wal", "-shm", ".key"} {
		if err := os.Remove(s.path(replicaFile + suffix)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("remove an unfinished replica: %w", err)
		}
	}
	return nil
}

// writeJSON writes a file for this user only, whole or not at all.
func (s *Station) writeJSON(name string, v any) error {
	data, err := json.MarshalIndent(v, "", "  ")
	if err == nil {
		err = durable.Replace(s.path(name), append(data, '\n'), 0o600)
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	return nil
}
