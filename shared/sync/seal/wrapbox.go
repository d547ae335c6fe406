// SPDX-License-Identifier: Apache-2.0

package seal

import "io"

// WrapBox seals the private key of a box under a passphrase, as WrapKey does: what is sealed to its public half waits for
// whoever knows the passphrase, and whoever seals needs no secret.
func WrapBox(rnd io.Reader, passphrase string, cost Params, private BoxPrivate) ([]byte, error) {
	if private.IsZero() {
		return nil, ErrKey
	}
	return wrap(rnd, passphrase, cost, wrapsBox, private.profile, private.Encode())
}

// UnwrapBox opens what WrapBox made: ErrPassphrase as for UnwrapKey.
func UnwrapBox(passphrase string, wrapped []byte) (BoxPrivate, error) {
	body, err := unwrap(passphrase, wrapsBox, wrapped)
	if err != nil {
		return BoxPrivate{}, err
	}
	defer clear(body)
	return ParseBoxPrivate(body)
}
