// SPDX-License-Identifier: Apache-2.0

package rulebook

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"yuexin/shared/fault"
	"yuexin/shared/sync/seal"
)

// Ring is whose signatures count. A device begins with what its enrolment said and
// follows, one by one, the editions of OfKeys: each is signed by a key of the ring before
// it and names that ring, so that none can be left out, put back or brought again. An
// administrator who is gone signs nothing any more; what they had signed stays, because
// the ring in which they are gone names each of it by its digest, and nothing besides.
// Time does not come into it: whoever holds a lost key can write any date.
//
// A Ring is a value; Follow and Recall return another.
type Ring struct {
	Version uint32            // of the newest edition of keys; 0: those of the enrolment
	Digest  [sha256.Size]byte // of that edition; zero for version 0
	Admins  []seal.AdminPublic

	stands map[[sha256.Size]byte]bool // what was signed by keys that are gone
}

// keys is the content of an edition of OfKeys, as JSON.
type keys struct {
	Version uint32             `json:"version"`
	Before  string             `json:"before"` // the digest of the edition before, in hex; "" in the first
	Admins  []seal.AdminPublic `json:"admins"`
	Stands  []string           `json:"stands,omitempty"` // digests of what keys that are gone had signed
}

// Has returns the administrator with an id.
func (r Ring) Has(id string) (seal.AdminPublic, bool) {
	i := slices.IndexFunc(r.Admins, func(p seal.AdminPublic) bool { return p.ID().String() == id })
	if i < 0 {
		return seal.AdminPublic{}, false
	}
	return r.Admins[i], true
}

// Signed reports whether an edition counts: an administrator of the ring signed it, or
// one who is gone had signed it before, and its stage is one that it may have. Otherwise
// it is fault.NotAllowed.
func (r Ring) Signed(e Edition) error {
	if !r.stands[e.Digest()] && !r.signed(e) {
		return fault.New(fault.NotAllowed, "rules.unsigned").With("version", fmt.Sprint(e.Version))
	}
	return e.Check()
}

func (r Ring) signed(e Edition) bool {
	admin, known := r.Has(e.By)
	return known && admin.Sign.Verify(Context, e.SignedBytes(), e.Signature) == nil
}

// Next returns the edition that makes admins the administrators after this ring, not
// signed yet. published are all editions so far: those of whoever is gone, which count
// now, go on counting.
func (r Ring) Next(admins []seal.AdminPublic, published []Edition) (Edition, error) {
	next := keys{Version: r.Version + 1, Before: r.before(), Admins: admins}
	stays := Ring{Admins: admins}
	for _, e := range published {
		if r.Signed(e) == nil && !stays.signed(e) && e.What != OfKeys {
			next.Stands = append(next.Stands, hexOf(e.Digest()))
		}
	}
	slices.Sort(next.Stands)
	next.Stands = slices.Compact(next.Stands)
	content, err := json.Marshal(next)
	if err != nil {
		return Edition{}, fmt.Errorf("rules: keys: %w", err)
	}
	return Edition{What: OfKeys, Version: next.Version, Content: string(content), Stage: Stage{Percent: 100}}, nil
}

// Follow returns the ring after an edition of keys. fault.NotAllowed "rules.keys" for one
// that is not the next after this ring, or that none of it signed.
func (r Ring) Follow(e Edition) (Ring, error) {
	refused := fault.New(fault.NotAllowed, "rules.keys").With("version", fmt.Sprint(e.Version))
	if e.What != OfKeys || e.Version != r.Version+1 || e.Check() != nil || !r.signed(e) {
		return r, refused
	}
	next, err := readKeys(e)
	if err != nil || next.Before != r.before() {
		return r, refused.WithCause(err)
	}
	return Ring{Version: e.Version, Digest: e.Digest(), Admins: next.Admins, stands: standsOf(next)}, nil
}

// Recall completes a ring that is known by number and digest only, as an enrolment says
// it: e is its edition. Any other one changes nothing.
func (r Ring) Recall(e Edition) Ring {
	if e.What != OfKeys || e.Version != r.Version || e.Digest() != r.Digest {
		return r
	}
	if at, err := readKeys(e); err == nil {
		r.Admins, r.stands = at.Admins, standsOf(at)
	}
	return r
}

// FollowAll follows what follows, of editions in any order; of two that could both be
// next it is the first.
func (r Ring) FollowAll(editions []Edition) Ring {
	for _, e := range inOrder(editions) {
		r = r.Recall(e)
		if next, err := r.Follow(e); err == nil {
			r = next
		}
	}
	return r
}

// inOrder returns the editions of keys, the lowest version first.
func inOrder(editions []Edition) []Edition {
	list := slices.DeleteFunc(slices.Clone(editions), func(e Edition) bool { return e.What != OfKeys })
	slices.SortStableFunc(list, func(a, b Edition) int { return int(int64(a.Version) - int64(b.Version)) })
	return list
}

func (r Ring) before() string {
	if r.Version == 0 {
		return ""
	}
	return hexOf(r.Digest)
}

func hexOf(digest [sha256.Size]byte) string { return hex.EncodeToString(digest[:]) }

// readKeys reads and checks the content of an edition of keys.
func readKeys(e Edition) (k keys, err error) {
	if err := json.NewDecoder(strings.NewReader(e.Content)).Decode(&k); err != nil {
		return k, fmt.Errorf("rules: keys: %w", err)
	}
	ids := map[seal.AdminID]bool{}
	for _, a := range k.Admins {
		if a.Box.IsZero() || a.Sign.IsZero() {
			return k, fmt.Errorf("rules: keys: a key is missing")
		}
		ids[a.ID()] = true
	}
	if len(ids) == 0 || len(ids) != len(k.Admins) || len(ids) > seal.MaxAdmins {
		return k, fmt.Errorf("rules: keys: %d administrators", len(k.Admins))
	}
	return k, mismatch(e, k.Version)
}

func standsOf(k keys) map[[sha256.Size]byte]bool {
	out := map[[sha256.Size]byte]bool{}
	for _, text := range k.Stands {
		if b, err := hex.DecodeString(text); err == nil && len(b) == sha256.Size {
			out[[sha256.Size]byte(b)] = true
		}
	}
	return out
}
