// SPDX-License-Identifier: Apache-2.0

package sqlite

import (
	"yuexin/shared/sync/seal"
	"yuexin/shared/sync/wire"
	"yuexin/syncserver/store"
)

// personContext is the context of a person's own signature.
const personContext = "yuexin person"

// judgeSignature checks the author's own signature, if there is one and the key
// is known by which the login was bound.
func (tr *trial) judgeSignature() *store.Refusal {
	public := tr.who.login.Person
	if len(tr.cs.PersonSignature) == 0 || len(public) == 0 {
		return nil
	}
	key, err := seal.ParseSignPublic(public)
	if err != nil || key.Verify(personContext, wire.PersonBytes(tr.cs), tr.cs.PersonSignature) != nil {
		return rejected("signature", tr.cs.Writes[0].Header, "")
	}
	return nil
}
