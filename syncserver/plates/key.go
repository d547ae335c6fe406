// SPDX-License-Identifier: Apache-2.0

package plates

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"

	"yuexin/shared/credit/doorplate"
	"yuexin/shared/durable"
	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
	"yuexin/syncserver/tlsid"
)

// KindKey is the kind of the records that bring the public keys to devices.
const KindKey record.Kind = "plate_key"

// keyPattern matches the files of keys: plate-, the day the key was made, its id. The last by name signs.
const keyPattern = "plate-????????-????.pem"

// pemType is that of PKCS #8 (RFC 5958, RFC 8410), which openssl reads.
const pemType = "PRIVATE KEY"

// Keys are the keys that have signed plates of this server.
type Keys struct {
	private []ed25519.PrivateKey // oldest first; the last signs
	made    []string             // day of each, 2006-01-02
}

// OpenKeys reads the plate keys in dir and makes the first one when there is none and random is given. Files are mode
// 0600. Faults: NotFound "plates.key.missing" without random, NotAllowed "plates.key.open" for a file that others can
// read, Corrupt "plates.key.damaged".
func OpenKeys(dir string, now time.Time, random io.Reader) (*Keys, error) {
	files, err := filepath.Glob(filepath.Join(dir, keyPattern))
	if err != nil {
		return nil, fmt.Errorf("list plate keys: %w", err)
	}
	if len(files) == 0 && random == nil {
		return nil, fault.New(fault.NotFound, "plates.key.missing")
	}
	if len(files) == 0 {
		file, err := makeKey(dir, "", now, random)
		if err != nil {
			return nil, err
		}
		files = append(files, file)
	}
	keys := &Keys{}
	for _, file := range slices.Sorted(slices.Values(files)) {
		if err := keys.read(file); err != nil {
			return nil, err
		}
	}
	return keys, nil
}

// Rotate makes a new key that signs from now on; plates of the older ones stay good. The fault is Conflict
// "plates.key.day" when the last key is as good as of tomorrow.
func Rotate(dir string, now time.Time, random io.Reader) (*Keys, error) {
	files, err := filepath.Glob(filepath.Join(dir, keyPattern))
	if err != nil {
		return nil, fmt.Errorf("list plate keys: %w", err)
	}
	last := ""
	if len(files) > 0 {
		last = filepath.Base(slices.Max(files))
	}
	if _, err := makeKey(dir, last, now, random); err != nil {
		return nil, err
	}
	return OpenKeys(dir, now, nil)
}

// keyDraws is how often a key is drawn until its name is the last: of two keys of one day the higher id signs.
const keyDraws = 1000

func drawKey(last string, now time.Time, random io.Reader) (name string, private ed25519.PrivateKey, err error) {
	seed := make([]byte, ed25519.SeedSize)
	for range keyDraws {
		if _, err := io.ReadFull(random, seed); err != nil {
			return "", nil, fmt.Errorf("make plate key: %w", err)
		}
		private = ed25519.NewKeyFromSeed(seed)
		name = fmt.Sprintf("plate-%s-%s.pem", now.Format("20060102"), doorplate.Ed25519Private(private).Kid())
		if name > last {
			return name, private, nil
		}
	}
	return "", nil, fault.New(fault.Conflict, "plates.key.day")
}

func makeKey(dir, last string, now time.Time, random io.Reader) (string, error) {
	name, private, err := drawKey(last, now, random)
	if err != nil {
		return "", err
	}
	der, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		return "", fmt.Errorf("make plate key: %w", err)
	}
	file := filepath.Join(dir, name)
	return file, tlsid.CreateSecret(file, pem.EncodeToMemory(&pem.Block{Type: pemType, Bytes: der}))
}

func (k *Keys) read(file string) error {
	name := filepath.Base(file)
	info, err := os.Stat(file)
	if err != nil {
		return fmt.Errorf("read plate key: %w", err)
	}
	if durable.Mode(info)&0o077 != 0 {
		return fault.New(fault.NotAllowed, "plates.key.open").With("file", name)
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return fmt.Errorf("read plate key: %w", err)
	}
	damaged := fault.New(fault.Corrupt, "plates.key.damaged").With("file", name)
	block, _ := pem.Decode(data)
	if block == nil || block.Type != pemType {
		return damaged
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return damaged.WithCause(err)
	}
	private, ok := parsed.(ed25519.PrivateKey)
	if !ok || name[len("plate-20060102-"):len(name)-len(".pem")] != doorplate.Ed25519Private(private).Kid().String() {
		return damaged
	}
	day, err := time.Parse("20060102", name[len("plate-"):len("plate-20060102")])
	if err != nil {
		return damaged.WithCause(err)
	}
	k.private, k.made = append(k.private, private), append(k.made, day.Format(time.DateOnly))
	return nil
}

// Signer returns the key that signs new plates.
func (k *Keys) Signer() doorplate.Signer {
	return doorplate.Ed25519Private(k.private[len(k.private)-1])
}

// CardKey returns the secret from which the codes on household cards are made. It comes from the first key, so that cards
// stay good when keys change.
func (k *Keys) CardKey() []byte {
	mac := hmac.New(sha256.New, k.private[0].Seed())
	mac.Write([]byte("yuexin card codes"))
	return mac.Sum(nil)
}

// Public returns all public keys, oldest first.
func (k *Keys) Public() []ed25519.PublicKey {
	all := make([]ed25519.PublicKey, len(k.private))
	for i, private := range k.private {
		all[i] = private.Public().(ed25519.PublicKey)
	}
	return all
}

// Set returns the public keys for doorplate.Verify. The fault is that of doorplate.NewKeySet.
func (k *Keys) Set() (doorplate.KeySet, error) { return doorplate.NewKeySet(k.Public()...) }

// Publish makes a record of kind KindKey in the scope ref for every public key that has none, so that devices get it by
// sync. store must be opened for the desk.
func (k *Keys) Publish(ctx context.Context, store record.Store) error {
	base, err := store.Base(ctx, ident.Ref)
	if err != nil {
		return err
	}
	known := map[int64]bool{}
	err = each(ctx, store, KindKey, ident.Ref, func(r record.Row) { known[r.Int("kid")] = true })
	if err != nil {
		return err
	}
	act := record.Act{Name: "plate.key", Scope: ident.Ref, Base: base, Source: record.Authoritative}
	for i, public := range k.Public() {
		kid := int64(doorplate.KidOf(public))
		if known[kid] {
			continue
		}
		id, err := keyRecord(public, k.made[i])
		if err != nil {
			return err
		}
		act.Writes = append(act.Writes, record.Write{
			Op:     record.Create,
			Header: record.Header{ID: id, Kind: KindKey, Scope: ident.Ref, Subject: ident.Subject(id)},
			Fields: map[record.Field]record.Value{
				"kid": record.OfInt(kid), "public": record.OfBytes(public), "from": record.OfText(k.made[i]),
			},
		})
	}
	if len(act.Writes) == 0 {
		return nil
	}
	return apply(ctx, store, act)
}

// keyRecord returns the id of a key's record. It is made from the key and its day, so that servers with the same keys make
// the same record.
func keyRecord(public ed25519.PublicKey, made string) (ident.Record, error) {
	day, err := time.Parse(time.DateOnly, made)
	if err != nil {
		return ident.Record{}, fmt.Errorf("day of plate key: %w", err)
	}
	return ident.New[ident.Record](day.UnixMilli(), bytes.NewReader(public))
}
