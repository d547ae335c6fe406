// SPDX-License-Identifier: Apache-2.0

package main

import (
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"yuexin/shared/fault"
	"yuexin/shared/pinyin"
	"yuexin/shared/region"
	"yuexin/shared/station"
	"yuexin/shared/typing"
)

// keys looks after what the keyboard knows of its village: where it stands, and what it learned there.
type keys struct {
	station *station.Station
	kit     *typing.Kit
	local   *pinyin.Local

	due atomic.Bool // there is something to save

	mu       sync.Mutex // protects what is below, and the file against writers at one time
	villages []region.Code
}

func newKeys(s *station.Station, kit *typing.Kit) (*keys, error) {
	local, err := kit.NewLocal()
	return &keys{station: s, kit: kit, local: local}, err
}

// settle says which villages the machine serves. When they are known for the first time, or others than before, places
// near them lead and what was learned there comes back.
func (k *keys) settle(villages []region.Code) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if len(villages) == 0 || slices.Equal(villages, k.villages) {
		return
	}
	if k.villages != nil {
		k.local.Forget() // what was learned elsewhere
	}
	k.villages = villages
	k.local.SetNear(k.kit.Near(k.station.Regions, villages))
	if err := k.station.LoadLearned(k.local, k.place()); err != nil {
		k.station.Log.Error("begin to learn anew", fault.Attr(err))
	}
}

// place names where something was learned.
func (k *keys) place() string {
	var codes []string
	for _, v := range k.villages {
		codes = append(codes, string(v))
	}
	return strings.Join(codes, " ")
}

// endVisit says that a person is gone.
func (k *keys) endVisit() {
	if k.local.EndVisit() {
		k.due.Store(true)
	}
}

// save keeps what was learned, when it is due. A machine that knows no village yet keeps nothing.
func (k *keys) save() {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.villages == nil || !k.due.Swap(false) {
		return
	}
	if err := k.station.SaveLearned(k.local, k.place()); err != nil {
		k.station.Log.Error("save what the keyboard learned", fault.Attr(err))
	}
}

// forget drops what was learned, for staff.
func (k *keys) forget() error {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.due.Store(false)
	return k.station.ForgetLearned(k.local)
}
