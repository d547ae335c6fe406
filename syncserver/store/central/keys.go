// SPDX-License-Identifier: Apache-2.0

package central

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"sync"

	"yuexin/shared/durable"
	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/seal"
	"yuexin/syncserver/store/sqlite"
)

// KeyService wraps data keys under a master key. The default keeps the master
// key in a file; a service that never hands its key out fits as well.
type KeyService interface {
	// Wrap returns plain sealed and bound to context.
	Wrap(plain, context []byte) ([]byte, error)
	// Unwrap returns what Wrap was given; an error if the bytes, the context
	// or the master key are others.
	Unwrap(wrapped, context []byte) ([]byte, error)
}

// fileKey is a KeyService whose master key lies in a file.
type fileKey struct{ sealer *seal.Sealer }

func (k fileKey) Wrap(plain, context []byte) ([]byte, error) {
	return k.sealer.Seal(nil, plain, context)
}

func (k fileKey) Unwrap(wrapped, context []byte) ([]byte, error) {
	return k.sealer.Open(nil, wrapped, context)
}

// FileKey returns the KeyService of the master key in path. If there is none
// and create is true it draws one from rnd and writes it with mode 0600; if
// create is false that is fault.NotFound: a new key would not open the old
// data.
func FileKey(path string, rnd io.Reader, create bool) (KeyService, error) {
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		if !create {
			return nil, fault.New(fault.NotFound, "sync.store.master_key").WithCause(err)
		}
		data, err = newMasterKey(path, rnd)
	}
	if err != nil {
		return nil, fmt.Errorf("read master key: %w", err)
	}
	key, err := seal.ParseKey(data)
	if err != nil {
		return nil, fmt.Errorf("read master key: %w", err)
	}
	defer key.Zero()
	wrap, err := key.Derive("central/wrap")
	if err != nil {
		return nil, err
	}
	sealer, err := wrap.Sealer(rnd)
	return fileKey{sealer}, err
}

// newMasterKey writes a new key so that it is on disk, name included, before
// anything is wrapped under it.
func newMasterKey(path string, rnd io.Reader) ([]byte, error) {
	key, err := seal.NewKey(seal.Default, rnd)
	if err != nil {
		return nil, err
	}
	defer key.Zero()
	data := key.Encode()
	return data, durable.Create(path, data, 0o600)
}

// maxSealers is how many data keys are kept ready; each takes about 1 kB.
const maxSealers = 8192

const indexKeyName = "index"

// vault holds the data keys. Any goroutine may ask for a key that exists; only
// the writer makes new ones.
type vault struct {
	service KeyService
	rnd     io.Reader
	index   seal.Key // of the blind indexes
	audit   seal.Key // of the proofs of audit rows

	// Of the writer alone.
	write *conn
	open  bool     // a transaction with new keys is under way
	fresh []string // their names

	// mu protects all fields below.
	mu    sync.Mutex
	read  *conn
	ready map[string]*seal.Sealer
}

func openVault(path string, service KeyService, rnd io.Reader) (*vault, error) {
	write, err := sqlite.Writer(path)
	if err != nil {
		return nil, err
	}
	read, err := sqlite.Reader(path)
	if err != nil {
		return nil, errors.Join(err, write.Close())
	}
	v := &vault{service: service, rnd: rnd, write: &conn{write}, read: &conn{read}, ready: make(map[string]*seal.Sealer)}
	if v.index, err = v.loadOrDraw(indexKeyName); err == nil {
		v.audit, err = v.loadOrDraw(auditKeyName)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open key file: %w", err), v.close())
	}
	return v, nil
}

func (v *vault) close() error { return errors.Join(v.write.Close(), v.read.Close()) }

// loadOrDraw returns a key of the store itself, and makes it at first start.
func (v *vault) loadOrDraw(name string) (key seal.Key, err error) {
	if key, err = v.load(v.write, name); !fault.Is(err, fault.Gone) {
		return key, err
	}
	if key, err = v.draw(name); err != nil {
		return key, err
	}
	return key, v.commit()
}

// keyName names the key that seals what is about subject; what is about nobody
// is sealed under a key of the scope.
func keyName(subject ident.Subject, scope ident.Scope) string {
	if subject.IsZero() {
		return "scope:" + string(scope)
	}
	return string(subject[:])
}

// sealer returns a key that exists; fault.Gone if it was destroyed.
func (v *vault) sealer(name string) (*seal.Sealer, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.sealerLocked(name)
}

func (v *vault) sealerLocked(name string) (*seal.Sealer, error) {
	if s := v.ready[name]; s != nil {
		return s, nil
	}
	key, err := v.load(v.read, name)
	if err != nil {
		return nil, err
	}
	return v.keepLocked(name, key)
}

// living returns a key that is still in the file: unlike sealer it notices that
// somebody destroyed it, and gives fault.Gone.
func (v *vault) living(name string) (*seal.Sealer, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	r, err := v.read.one(`SELECT 1 FROM data_key WHERE name = ?`, []byte(name))
	if err != nil {
		return nil, err
	}
	if r == nil {
		delete(v.ready, name)
		return nil, fault.New(fault.Gone, "")
	}
	return v.sealerLocked(name)
}

// destroy removes a key, if it is there. It is the writer's.
func (v *vault) destroy(name string) error {
	if err := v.begin(); err != nil {
		return err
	}
	v.mu.Lock()
	delete(v.ready, name)
	v.mu.Unlock()
	_, err := v.write.Exec(`DELETE FROM data_key WHERE name = ?`, []byte(name))
	return err
}

// sealerOrNew returns a key and makes it if there is none. It is the writer's.
func (v *vault) sealerOrNew(name string) (*seal.Sealer, error) {
	v.mu.Lock()
	s := v.ready[name]
	v.mu.Unlock()
	if s != nil {
		return s, nil
	}
	key, err := v.load(v.write, name)
	if fault.Is(err, fault.Gone) {
		key, err = v.draw(name)
	}
	if err != nil {
		return nil, err
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.keepLocked(name, key)
}

func (v *vault) keepLocked(name string, key seal.Key) (*seal.Sealer, error) {
	s, err := key.Sealer(v.rnd)
	if err != nil {
		return nil, err
	}
	for old := range v.ready {
		if len(v.ready) < maxSealers {
			break
		}
		delete(v.ready, old)
	}
	v.ready[name] = s
	return s, nil
}

func (v *vault) load(c *conn, name string) (seal.Key, error) {
	r, err := c.one(`SELECT wrapped FROM data_key WHERE name = ?`, []byte(name))
	if err != nil {
		return seal.Key{}, err
	}
	if r == nil {
		return seal.Key{}, fault.New(fault.Gone, "")
	}
	plain, err := v.service.Unwrap(r.blob(0), []byte(name))
	if err != nil {
		return seal.Key{}, fmt.Errorf("unwrap data key: %w", err)
	}
	return seal.ParseKey(plain)
}

func (v *vault) draw(name string) (seal.Key, error) {
	key, err := seal.NewKey(seal.Default, v.rnd)
	if err != nil {
		return key, err
	}
	wrapped, err := v.service.Wrap(key.Encode(), []byte(name))
	if err != nil {
		return key, fmt.Errorf("wrap data key: %w", err)
	}
	if err := v.begin(); err != nil {
		return key, err
	}
	v.fresh = append(v.fresh, name)
	_, err = v.write.Exec(`INSERT INTO data_key (name, wrapped) VALUES (?, ?)`, []byte(name), wrapped)
	return key, err
}

// begin begins a transaction, unless one is under way.
func (v *vault) begin() error {
	if v.open {
		return nil
	}
	if err := v.write.Begin(); err != nil {
		return err
	}
	v.open = true
	return nil
}

// commit puts new keys on disk. The writer calls it before it commits the data
// they seal: a key without data harms nobody, data without its key is lost.
func (v *vault) commit() error {
	if !v.open {
		return nil
	}
	if err := v.write.Run("COMMIT"); err != nil {
		return fmt.Errorf("commit data keys: %w", err)
	}
	v.open, v.fresh = false, nil
	return nil
}

// rollback forgets keys that were not committed.
func (v *vault) rollback() error {
	if !v.open {
		return nil
	}
	v.mu.Lock()
	for _, name := range v.fresh {
		delete(v.ready, name)
	}
	v.mu.Unlock()
	v.open, v.fresh = false, nil
	if !v.write.InTransaction() { // a full disk rolls back by itself
		return nil
	}
	return v.write.Run("ROLLBACK")
}

// blind returns the blind index of a value.
func (v *vault) blind(kind record.Kind, f record.Field, value record.Value) ([]byte, error) {
	b := record.AppendText(make([]byte, 0, 128), string(kind))
	b = record.AppendText(b, string(f))
	sum, err := v.index.MAC(value.AppendCanonical(b))
	return sum[:16], err
}

// randomOr returns r, or the system's randomness if r is nil.
func randomOr(r io.Reader) io.Reader {
	if r == nil {
		return rand.Reader
	}
	return r
}
