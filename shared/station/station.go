// SPDX-License-Identifier: Apache-2.0

// Package station is a device's data folder, opened: who the device is, its
// replica, its clock, and the client that keeps it in sync. The windows and
// the command lines of kiosk and agent are two faces of one station.
package station

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	mathrand "math/rand/v2"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"yuexin/assets"
	"yuexin/shared/durable"
	"yuexin/shared/fault"
	"yuexin/shared/i18n"
	"yuexin/shared/ident"
	"yuexin/shared/region"
	"yuexin/shared/sync/blob"
	"yuexin/shared/sync/client"
	"yuexin/shared/sync/enrol"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/replica"
	"yuexin/shared/sync/seal"
	"yuexin/shared/sync/transfer"
	"yuexin/shared/sync/wire"
)

// Config is what a Station is made of.
type Config struct {
	Dir     string // data folder
	Program string // "agent" or "kiosk"
	Version string // "0.1.0"
	Log     *slog.Logger

	// ReadOnly says that nothing will be written: other processes may then
	// work in the folder meanwhile.
	ReadOnly bool
}

// Station is a device.
type Station struct {
	Config
	Texts   *i18n.Catalogue
	Regions *region.Tree
	Clock   *Clock

	// Enrolment is what the device got for its code; zero until it is
	// enrolled. Replica is nil until then.
	Enrolment enrol.Enrolment
	Replica   *replica.Replica

	rules   ruleState
	session replica.Session // of who unlocked it last
	desk    staffDesk       // of a kiosk
	lock    *os.File        // held unless ReadOnly
}

// The files of a station in its folder.
const (
	enrolmentFile = "enrolment.json"
	replicaFile   = "replica.db"
)

// Open opens the folder. A device that is not enrolled yet opens as well: it
// can do nothing but enrol. Unless the station is ReadOnly it is fault.Conflict
// while another process works in the folder.
func Open(ctx context.Context, cfg Config) (*Station, error) {
	s := &Station{Config: cfg, Clock: &Clock{}}
	if err := s.load(); err != nil {
		return nil, err
	}
	if err := durable.MkdirAll(cfg.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the data folder: %w", err)
	}
	if !cfg.ReadOnly {
		if err := s.takeLock(ctx); err != nil {
			return nil, err
		}
	}
	if err := s.open(ctx); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// open reads who the device is and opens its replica.
func (s *Station) open(ctx context.Context) error {
	data, err := os.ReadFile(s.path(enrolmentFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read enrolment: %w", err)
	}
	if err := json.Unmarshal(data, &s.Enrolment); err != nil {
		return fault.New(fault.Corrupt, "station.enrolment").WithCause(err)
	}
	if s.Replica, err = replica.Open(ctx, s.path(replicaFile), s.options()); err != nil || s.ReadOnly {
		return err
	}
	lost, err := s.Replica.SweepAttachments(ctx)
	if lost > 0 {
		s.Log.Error("attachments are gone from the disk before the server had them", "files", lost)
	}
	return err
}

// load reads what is in the program itself.
func (s *Station) load() (err error) {
	if s.Texts, err = i18n.Load(assets.Locales()); err != nil {
		return err
	}
	if s.Regions, err = region.Load(assets.Regions()); err != nil {
		return err
	}
	return s.loadBook()
}

func (s *Station) path(name string) string { return filepath.Join(s.Dir, name) }

func (s *Station) options() replica.Options {
	return replica.Options{
		Clock: s.Clock.Reading, Random: rand.Reader, Catalogue: s.Book().Catalogue, Access: s.Book().Access,
	}
}

// Close closes the replica and gives up the lock.
func (s *Station) Close() error {
	var err error
	if s.Replica != nil {
		err = s.Replica.Close()
	}
	if s.lock != nil {
		err = errors.Join(err, s.lock.Close())
		s.lock = nil
	}
	return err
}

// Enrolled returns fault.Unauthenticated while the device is not enrolled.
func (s *Station) Enrolled() error {
	if s.Replica == nil {
		return fault.New(fault.Unauthenticated, "station.not_enrolled")
	}
	return nil
}

// Unlock opens the data for whoever's passphrase it is. A kiosk needs no
// passphrase: it is open for what residents may see.
func (s *Station) Unlock(ctx context.Context, passphrase string) error {
	if err := s.Enrolled(); err != nil {
		return err
	}
	if s.profile() == replica.Kiosk {
		return nil
	}
	u, err := s.Replica.Unlock(ctx, ident.Actor{}, passphrase)
	if fault.Is(err, fault.Unauthenticated) {
		return errors.Join(err, s.Replica.NoteRefused(ctx))
	}
	if err == nil {
		err = s.entered(ctx, u, "unlock")
	}
	return err
}

// entered makes who came in the one who works here, and notes it.
func (s *Station) entered(ctx context.Context, u *replica.User, how string) (err error) {
	if s.session, err = s.sessionOf(ctx, u.Actor); err == nil {
		err = s.Replica.NoteUnlocked(ctx, s.session, how)
	}
	if err != nil {
		s.Replica.Lock()
	}
	return err
}

// FinishRecovery takes the administrators' response for a person who forgot the
// passphrase and opens the data for them; see replica.FinishRecovery.
func (s *Station) FinishRecovery(ctx context.Context, actor ident.Actor, fresh string, response *seal.Response) error {
	u, err := s.Replica.FinishRecovery(ctx, actor, fresh, response)
	if err != nil {
		return err
	}
	return s.entered(ctx, u, "recovery")
}

// Store returns the replica as the station's login sees it. What is read of class C2
// or C3 is in the audit log before it is returned.
func (s *Station) Store() record.Store {
	return s.Replica.WatchedAs(s.Session(), s.Program, s.Book().Audit, s.consented(s.Session()))
}

// Viewer shows files and the tray as the station's login sees them, noted like what
// is read.
func (s *Station) Viewer() *replica.Viewer {
	return s.Replica.ViewerAs(s.Session(), s.Program, s.Book().Audit)
}

// Numbers opens the receipt numbers of the device. The errors are those of
// OpenNumbers.
func (s *Station) Numbers() (*Numbers, error) {
	return OpenNumbers(s.Dir, s.Enrolment.ShortID, rand.Reader)
}

func (s *Station) profile() replica.Profile {
	if s.Program == "kiosk" {
		return replica.Kiosk
	}
	return replica.Laptop
}

// Client returns the client that keeps the station in sync.
func (s *Station) Client() (*client.Client, error) {
	if err := s.Enrolled(); err != nil {
		return nil, err
	}
	urls := s.Enrolment.SyncURLs()
	if len(urls) == 0 {
		return nil, fault.New(fault.Corrupt, "station.enrolment")
	}
	return client.New(client.Config{
		URL: urls[0], TLS: enrol.TLSConfig(s.Enrolment.Pin), Replica: s.Replica,
		Device: s.Enrolment.Device, Program: s.Program + "/" + s.Version,
		Reading: s.Clock.Reading, Random: mathrand.Float64, Nonce: nonce, Log: s.Log,
		Extra: func(st *wire.Status) { st.Rules = strings.Join(s.Book().Titles(), "\n") },
	}), nil
}

// Transfer returns the client that moves attachments. They wait while records has
// something to send; it may be nil.
func (s *Station) Transfer(records *client.Client) (*transfer.Client, error) {
	if err := s.Enrolled(); err != nil {
		return nil, err
	}
	urls := s.Enrolment.SyncURLs()
	if len(urls) == 0 {
		return nil, fault.New(fault.Corrupt, "station.enrolment")
	}
	server, err := url.Parse(urls[0])
	if err != nil {
		return nil, fault.New(fault.Corrupt, "station.enrolment").WithCause(err)
	}
	scheme := map[string]string{"wss": "https", "ws": "http"}[server.Scheme]
	return transfer.New(transfer.Config{
		URL: scheme + "://" + server.Host, TLS: enrol.TLSConfig(s.Enrolment.Pin), Replica: s.Replica,
		Device: s.Enrolment.Device, Policy: func() *blob.Policy { return s.Book().Attachments }, Random: mathrand.Float64, Log: s.Log,
		Busy: func() bool {
			if records == nil {
				return false
			}
			state, _ := records.State()
			return state.Online && state.Sending
		},
	}), nil
}

// Attach seals a file and keeps it for an act that names it: fault.TooLarge or
// fault.Unsupported for one that the policy does not take.
func (s *Station) Attach(plain []byte) (record.Attachment, error) {
	mediaType, err := s.Book().Attachments.Take(plain)
	if err != nil {
		return record.Attachment{}, err
	}
	return s.Replica.KeepAttachment(plain, mediaType)
}

func nonce() (n [32]byte) {
	rand.Read(n[:]) // never fails since Go 1.24
	return n
}
