// SPDX-License-Identifier: Apache-2.0

package audit

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"strings"

	"yuexin/shared/fault"
)

// HeadContext is what a head's signature is made for.
const HeadContext = "yuexin audit head"

// Head is where the server's own log stood at a time, signed with the server's key.
// Kept outside of the log (beside the store, in backups, on paper, at another
// office), it shows that the log was cut or written anew.
type Head struct {
	Number    uint64 `json:"n"`
	Hash      Digest `json:"-"`
	AtMS      int64  `json:"at"` // ms since 1970 UTC
	Signature []byte `json:"-"`
}

type headText struct {
	Number    uint64 `json:"n"`
	AtMS      int64  `json:"at"`
	Hash      []byte `json:"hash"`
	Signature []byte `json:"sig"`
}

// Bytes is what is signed.
func (h Head) Bytes() []byte {
	b := binary.BigEndian.AppendUint64(nil, h.Number)
	b = binary.BigEndian.AppendUint64(b, uint64(h.AtMS))
	return append(b, h.Hash[:]...)
}

// headPrefix begins the text of a head.
const headPrefix = "yxaudit1."

// String returns the head as one word, to be copied to elsewhere.
func (h Head) String() string {
	data, err := json.Marshal(headText{h.Number, h.AtMS, h.Hash[:], h.Signature})
	if err != nil {
		return "" // numbers and bytes always encode
	}
	return headPrefix + base64.RawURLEncoding.EncodeToString(data)
}

// ParseHead reads what String wrote: fault.Invalid for anything else. It does not
// check the signature.
func ParseHead(text string) (Head, error) {
	body, found := strings.CutPrefix(strings.TrimSpace(text), headPrefix)
	data, err := base64.RawURLEncoding.DecodeString(body)
	var t headText
	if err == nil {
		err = json.Unmarshal(data, &t)
	}
	if !found || err != nil || len(t.Hash) != len(Digest{}) {
		return Head{}, fault.New(fault.Invalid, "audit.head").WithCause(err)
	}
	return Head{Number: t.Number, AtMS: t.AtMS, Hash: Digest(t.Hash), Signature: t.Signature}, nil
}
