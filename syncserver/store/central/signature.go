// SPDX-License-Identifier: Apache-2.0

package central

import (
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/seal"
	"yuexin/shared/sync/wire"
	"yuexin/syncserver/store"
)

// personContext is the context of a person's own signature.
const personContext = "yuexin person"

// judgeSignature checks the author's own signature: if there is one and the key is
// known by which the login was bound, it has to fit. An act that settles what two
// persons have to settle, or vouches for something, is not taken without one, by a key
// that is nobody else's.
func (tr *trial) judgeSignature() (*store.Refusal, error) {
	public := tr.who.login.Person
	h, f, wanted := tr.ownHand()
	if wanted && (len(tr.cs.PersonSignature) == 0 || len(public) == 0) {
		return rejected("person", h, f), nil
	}
	if len(tr.cs.PersonSignature) == 0 || len(public) == 0 {
		return nil, nil
	}
	key, err := seal.ParseSignPublic(public)
	if err != nil || key.Verify(personContext, wire.PersonBytes(tr.cs), tr.cs.PersonSignature) != nil {
		return rejected("signature", tr.cs.Writes[0].Header, ""), nil
	}
	if !wanted {
		return nil, nil
	}
	shared, err := tr.in.t.c.one(`SELECT 1 FROM login WHERE person = ? AND actor <> ?`, public, tr.cs.Actor[:])
	if shared != nil {
		return rejected("person", h, f), err
	}
	return nil, err
}

// ownHand returns the first record, and field, for which the author has to sign.
func (tr *trial) ownHand() (record.Header, record.Field, bool) {
	for _, w := range tr.cs.Writes {
		if f, needed := tr.in.t.s.catalogue().OwnHand(w); needed {
			return w.Header, f, true
		}
	}
	return record.Header{}, "", false
}
