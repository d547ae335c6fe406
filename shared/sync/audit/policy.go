// SPDX-License-Identifier: Apache-2.0

package audit

import (
	"encoding/json"
	"fmt"
	"io"
)

// Policy is one published version of how closely reading is noted.
type Policy struct {
	Edition uint32 `json:"version"`

	// AgainMinutes is for how long it is not noted again that somebody sees what
	// a screen shows anew by itself; opening a page is noted every time.
	AgainMinutes int64 `json:"again_minutes"`

	// Named is how many records of a kind and scope an entry names one by one; of
	// more it says how many.
	Named int `json:"named"`

	// HotMonths is how many whole months stay in the database; older ones move
	// to files.
	HotMonths int `json:"hot_months"`
}

// Version is the number of this edition of the policy.
func (p *Policy) Version() uint32 { return p.Edition }

// ParsePolicy reads a policy from its JSON form.
func ParsePolicy(r io.Reader) (*Policy, error) {
	p := new(Policy)
	dec := json.NewDecoder(r)
	dec.DisallowUnknownFields()
	if err := dec.Decode(p); err != nil {
		return nil, fmt.Errorf("read audit policy: %w", err)
	}
	switch {
	case p.Edition == 0:
		return nil, fmt.Errorf("audit policy: version is missing")
	case p.AgainMinutes < 0 || p.Named < 1 || p.Named > MaxTouched/2 || p.HotMonths < 1:
		return nil, fmt.Errorf("audit policy version %d: a number is out of range", p.Edition)
	}
	return p, nil
}
