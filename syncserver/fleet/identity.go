// SPDX-License-Identifier: Apache-2.0

package fleet

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"time"

	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/enrol"
	"yuexin/shared/sync/seal"
	"yuexin/syncserver/tlsid"
)

// identityName is the file in the keys folder.
const identityName = "server-identity.key"

const identityVersion = 1

// Identity is who the server is. It is made once, at first start, and lies in
// the keys folder, outside of the database and of its backup: whoever has a
// backup cannot speak as the server, and a restored database is recognised by
// devices that know the key. Its secrets print as [secret].
type Identity struct {
	Device ident.Device     // the server's id among the devices
	Sign   seal.SignPrivate // what the server itself writes
	Box    seal.BoxPrivate  // opens what kiosks and couriers seal to the server
	codes  seal.Key         // hashes enrolment codes
}

type identityFile struct {
	Version int          `json:"version"`
	Device  ident.Device `json:"device"`
	Sign    []byte       `json:"sign"`
	Box     []byte       `json:"box"`
	Codes   []byte       `json:"codes"`
}

// OpenIdentity reads the identity from the keys folder dir, or makes it. Errors
// name the file: fault.NotAllowed "tlsid.mode" if others may read it,
// fault.Corrupt if it is damaged.
func OpenIdentity(dir string, now time.Time, random io.Reader) (*Identity, error) {
	path := filepath.Join(dir, identityName)
	data, err := tlsid.ReadSecret(path)
	if errors.Is(err, fs.ErrNotExist) {
		if err := createIdentity(path, now, random); err != nil && !errors.Is(err, fs.ErrExist) {
			return nil, err
		}
		data, err = tlsid.ReadSecret(path)
	}
	if err != nil {
		return nil, fmt.Errorf("server identity: %w", err)
	}
	defer clear(data)
	id, err := parseIdentity(data)
	if err != nil {
		return nil, fault.New(fault.Corrupt, "tlsid.file").With("file", path).WithCause(err)
	}
	return id, nil
}

func createIdentity(path string, now time.Time, random io.Reader) error {
	device, err1 := ident.New[ident.Device](now.UnixMilli(), random)
	sign, err2 := seal.NewSign(seal.Default, random)
	box, err3 := seal.NewBox(seal.Default, random)
	codes, err4 := seal.NewKey(seal.Default, random)
	if err := errors.Join(err1, err2, err3, err4); err != nil {
		return fmt.Errorf("make server identity: %w", err)
	}
	file := identityFile{identityVersion, device, sign.Encode(), box.Encode(), codes.Encode()}
	data, err := json.Marshal(file)
	if err != nil {
		return fmt.Errorf("make server identity: %w", err)
	}
	defer clear(data)
	return tlsid.CreateSecret(path, append(data, '\n'))
}

// parseIdentity keeps the JSON parser's errors to itself: they might quote.
func parseIdentity(data []byte) (*Identity, error) {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	var file identityFile
	if err := dec.Decode(&file); err != nil {
		return nil, errors.New("not an identity file")
	}
	if file.Version != identityVersion || file.Device.IsZero() {
		return nil, errors.New("identity file of another version, or without id")
	}
	sign, err1 := seal.ParseSignPrivate(file.Sign)
	box, err2 := seal.ParseBoxPrivate(file.Box)
	codes, err3 := seal.ParseKey(file.Codes)
	if err := errors.Join(err1, err2, err3); err != nil {
		return nil, err
	}
	return &Identity{Device: file.Device, Sign: sign, Box: box, codes: codes}, nil
}

// codeHash returns what the store keeps of a code. Without the identity's key
// nobody finds the code from it. A code that extends a device is hashed with
// that device's public key, so in the hands of any other machine it does not
// exist; public is nil for a code that makes a new device.
func (id *Identity) codeHash(code enrol.Code, public []byte) ([32]byte, error) {
	sum, err := id.codes.MAC(append([]byte(code), public...)) // a code has a fixed length
	if err != nil {
		return sum, fmt.Errorf("hash code: %w", err)
	}
	return sum, nil
}

// Settings keeps small named values; store.Staff is one.
type Settings interface {
	Setting(ctx context.Context, name string) ([]byte, error)
	SetSetting(ctx context.Context, name string, value []byte) error
}

// identitySetting names the id of the server whose store this is.
const identitySetting = "fleet.server"

// Bind ties identity and store together at first start and checks the tie at
// every later one. A store of another server, which is what a lost keys folder
// looks like, is fault.Conflict "fleet.identity.other".
func (id *Identity) Bind(ctx context.Context, s Settings) error {
	owner, err := s.Setting(ctx, identitySetting)
	if err != nil {
		return fmt.Errorf("bind server identity: %w", err)
	}
	if owner == nil {
		if err := s.SetSetting(ctx, identitySetting, id.Device.Bytes()); err != nil {
			return fmt.Errorf("bind server identity: %w", err)
		}
		return nil
	}
	if !bytes.Equal(owner, id.Device[:]) {
		return fault.New(fault.Conflict, "fleet.identity.other")
	}
	return nil
}

// Verify says whether signature is by the device key public, as the store keeps
// it, over context and message.
func Verify(public []byte, context string, message, signature []byte) bool {
	key, err := seal.ParseSignPublic(public)
	return err == nil && key.Verify(context, message, signature) == nil
}
