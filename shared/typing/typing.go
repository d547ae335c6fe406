// SPDX-License-Identifier: Apache-2.0

// Package typing puts together what a Chinese keyboard needs on one machine: the pinyin dictionary, the orders of strokes,
// the county's settings for both, and what the machine knows of its village.
package typing

import (
	"encoding/json"
	"fmt"
	"strings"
	"sync"

	"yuexin/assets"
	"yuexin/shared/pinyin"
	"yuexin/shared/region"
	"yuexin/shared/stroke"
)

// Settings are assets/pinyin/typing-1.json, see the README there.
type Settings struct {
	Version  int             `json:"version"`
	Pairs    []pinyin.Pair   `json:"pairs"`    // that people mix up
	Surnames []string        `json:"surnames"` // offered before anything is typed, the commonest first
	Near     Near            `json:"near"`
	Learning pinyin.Learning `json:"learning"`
}

// Near says what the name of a place gains in weight (8 for a factor of two) when it lies in the same town as the machine,
// the same county, the same prefecture.
type Near struct {
	Town       uint8 `json:"town"`
	County     uint8 `json:"county"`
	Prefecture uint8 `json:"prefecture"`
}

// Kit is what every machine has. It never changes and is safe for concurrent use.
type Kit struct {
	Settings Settings
	Engine   *pinyin.Engine
	Strokes  *stroke.Table

	terms []string // words of farming, trade and lending, which may be learned
}

// Load reads the kit from the assets, once for the process; some 0.1 s the first time.
var Load = sync.OnceValues(load)

func load() (*Kit, error) {
	k := &Kit{}
	files := make(map[string][]byte)
	for _, name := range []string{"typing-1.json", "dictionary.bin", "strokes.bin", "terms.txt"} {
		data, err := assets.FS.ReadFile("pinyin/" + name)
		if err != nil {
			return nil, fmt.Errorf("read the keyboard's data: %w", err)
		}
		files[name] = data
	}
	if err := json.Unmarshal(files["typing-1.json"], &k.Settings); err != nil {
		return nil, fmt.Errorf("read the keyboard's settings: %w", err)
	}
	k.terms = strings.Fields(string(files["terms.txt"]))
	var err error
	if k.Engine, err = pinyin.Load(files["dictionary.bin"], k.Settings.Pairs); err != nil {
		return nil, err
	}
	k.Strokes, err = stroke.Load(files["strokes.bin"])
	return k, err
}

// NewLocal returns what a machine knows of its village before it has learned anything; give it Near.
func (k *Kit) NewLocal() (*pinyin.Local, error) {
	return pinyin.NewLocal(k.Engine, k.Settings.Learning, k.terms)
}

// Near returns what the names of places gain for a machine that serves some villages: those in the same town most, then
// those in the same county, then in the prefecture.
func (k *Kit) Near(tree *region.Tree, villages []region.Code) map[string]uint8 {
	near := make(map[string]uint8)
	for _, v := range villages {
		for _, u := range tree.Path(v) {
			k.addNear(near, tree, u, k.gain(u.Level))
		}
	}
	return near
}

// gain returns what places gain that lie within a unit of a level together with the machine.
func (k *Kit) gain(level region.Level) uint8 {
	switch level {
	case region.Prefecture:
		return k.Settings.Near.Prefecture
	case region.County:
		return k.Settings.Near.County
	case region.Town:
		return k.Settings.Near.Town
	default:
		return 0
	}
}

// addNear adds a unit and what lies within it.
func (k *Kit) addNear(near map[string]uint8, tree *region.Tree, u region.Unit, gain uint8) {
	if gain == 0 {
		return
	}
	for _, name := range []string{u.Short, u.Stem()} {
		near[name] = max(near[name], gain)
	}
	for _, child := range tree.Children(u.Code) {
		k.addNear(near, tree, child, gain)
	}
}
