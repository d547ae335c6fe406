// SPDX-License-Identifier: Apache-2.0

package replica

import (
	"context"
	"database/sql"
	"embed"
	"fmt"
	"io"
	"sync"
	"sync/atomic"

	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/blob/blobdir"
	"yuexin/shared/sync/hlc"
	"yuexin/shared/sync/peer"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/record/watch"
	"yuexin/shared/sync/seal"
	"yuexin/shared/sync/sqlitedb"
)

//go:embed sql/*.sql
var schema embed.FS

// Options is what a replica works with. Clock, Random, Catalogue and Access are
// needed.
type Options struct {
	Clock     func() hlc.Reading
	Random    io.Reader
	Catalogue *record.Catalogue // until SetRules
	Access    *record.Access    // until SetRules

	// KeyFile is where a kiosk's key lies; "" is the path of the replica with
	// ".key" behind it.
	KeyFile string

	// Cost is the cost of passphrases; the zero Params are seal.DefaultParams.
	Cost seal.Params
}

// Replica is one device's store. It is safe for concurrent use.
type Replica struct {
	o        Options
	path     string
	identity Identity
	watch    watch.Hub
	blobs    *blobdir.Dir // sealed files beside the replica
	rules    atomic.Pointer[ruleSet]

	opening struct{ done, all atomic.Int64 } // see Opening

	// full and normal are two connections to one file. What a person was told
	// is saved goes through full; pulled rows go through normal.
	full, normal *sql.DB

	// write is held by whoever changes the file, before mu.
	write sync.Mutex

	// auditing is held by whoever notes what was read, before write: what is noted
	// twice at once is then noted once.
	auditing sync.Mutex

	mu sync.RWMutex // guards all fields below
	memory
	mended []Mismatch // see Mended
	missed []Mismatch // what loading left out, until VerifyRows names it
}

// memory is everything that lives only while the replica is unlocked.
type memory struct {
	keys     *keys
	user     *User // who unlocked last; nil on a kiosk nobody of the staff is at
	table    table
	scopes   map[ident.Scope]*scope
	lanes    map[ident.Scope]*lane // the open one of each scope
	old      []*lane               // closed ones with unsent work
	outbox   outbox
	probes   []peer.Unsent // see Outbox
	offset   hlc.Offset
	deviceID ident.Incarnation
	damage   damage
}

// Open opens the replica at path. A kiosk's opens with its key file at once; a
// laptop's stays locked until Unlock. Errors: fault.NotFound if there is none,
// fault.Corrupt for a damaged file, fault.Unsupported if a newer program has
// written it.
func Open(ctx context.Context, path string, o Options) (*Replica, error) {
	r, err := openFile(ctx, path, o)
	if err != nil {
		return nil, err
	}
	if err := r.start(ctx); err != nil {
		_ = r.Close() // the error that matters is the first
		return nil, fmt.Errorf("open replica: %w", err)
	}
	return r, nil
}

func (r *Replica) start(ctx context.Context) error {
	found, err := r.loadIdentity(ctx)
	if err != nil {
		return err
	}
	if !found {
		return fault.New(fault.NotFound, "replica.missing")
	}
	if err := r.endPurges(ctx); err != nil {
		return err
	}
	if r.identity.Profile == Kiosk {
		return r.openKiosk(ctx)
	}
	return nil
}

// openFile opens the database and brings its schema up to date.
func openFile(ctx context.Context, path string, o Options) (*Replica, error) {
	if o.Cost == (seal.Params{}) {
		o.Cost = seal.DefaultParams
	}
	if o.KeyFile == "" {
		o.KeyFile = path + ".key"
	}
	full, err := sqlitedb.Open(ctx, path, sqlitedb.Options{Sync: sqlitedb.Full})
	if err != nil {
		return nil, fmt.Errorf("open replica: %w", err)
	}
	r := &Replica{o: o, path: path, full: full, blobs: blobdir.New(path + ".blobs")}
	r.rules.Store(&ruleSet{o.Catalogue, o.Access})
	if err := sqlitedb.Migrate(ctx, full, schema, "sql"); err != nil {
		_ = full.Close() // the error that matters is the first
		return nil, fmt.Errorf("open replica: %w", err)
	}
	r.normal, err = sqlitedb.Open(ctx, path, sqlitedb.Options{Sync: sqlitedb.Normal})
	if err != nil {
		_ = full.Close() // the error that matters is the first
		return nil, fmt.Errorf("open replica: %w", err)
	}
	return r, nil
}

// Close forgets the keys and closes the file. Nothing that Apply returned for is
// lost by it, nor without it.
func (r *Replica) Close() error {
	r.Lock()
	r.write.Lock()
	defer r.write.Unlock()
	err := r.normal.Close()
	if e := r.full.Close(); err == nil {
		err = e
	}
	return err
}

// Flush makes everything committed so far durable, pulled checkpoints included.
// The client calls it before it tells the server what the device holds.
func (r *Replica) Flush(ctx context.Context) error {
	r.write.Lock()
	defer r.write.Unlock()
	return r.setMeta(ctx, "flushed", []byte{1})
}

// Check reads the whole file: fault.Corrupt if its structure is damaged.
func (r *Replica) Check(ctx context.Context) error {
	r.write.Lock()
	defer r.write.Unlock()
	return sqlitedb.Check(ctx, r.full)
}

// locked is the fault of every call that needs an unlocked replica.
func locked() error { return fault.New(fault.Unauthenticated, "record.locked") }

// nowMS returns the time by the server's clock as well as the device knows it.
func (r *Replica) nowMS(reading hlc.Reading) int64 {
	ms, _ := hlc.Corrected(reading, r.offset)
	return ms
}
