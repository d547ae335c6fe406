// SPDX-License-Identifier: Apache-2.0

package device

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"sync"

	"yuexin/shared/credit/myfile"
	"yuexin/shared/durable"
)

// triesFile keeps how often PINs of file cards were wrong.
const triesFile = "cards.json"

// Tries counts wrong PINs of file cards. A count is on the disk before the PIN is looked at: pulling the plug saves no try. Only
// cards that have a file on this machine are tried, so there are no more counts than cards. It is safe for concurrent use.
type Tries struct {
	path string

	mu    sync.Mutex              // protects what is below
	tried map[string]myfile.Tried // by card, in hexadecimal
}

// OpenTries reads the counts in a data folder. With an error come counts that begin anew: whoever can damage the file has the disk,
// which costs them more than waiting does (DESIGN.md of package myfile).
func OpenTries(dir string) (*Tries, error) {
	t := &Tries{path: filepath.Join(dir, triesFile), tried: map[string]myfile.Tried{}}
	data, err := os.ReadFile(t.path)
	if errors.Is(err, fs.ErrNotExist) {
		return t, nil
	}
	if err == nil {
		err = json.Unmarshal(data, &t.tried)
	}
	if err != nil {
		t.tried = map[string]myfile.Tried{}
		return t, fmt.Errorf("read how often PINs were wrong: %w", err)
	}
	return t, nil
}

// Tried implements flow.Cards.
func (t *Tries) Tried(card myfile.ID) myfile.Tried {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.tried[hex.EncodeToString(card[:])]
}

// Try implements flow.Cards.
func (t *Tries) Try(card myfile.ID, nowMS int64) error {
	return t.change(card, func(one myfile.Tried) myfile.Tried { return myfile.Tried{Wrong: one.Wrong + 1, LastMS: nowMS} })
}

// Right implements flow.Cards.
func (t *Tries) Right(card myfile.ID) error {
	return t.change(card, func(myfile.Tried) myfile.Tried { return myfile.Tried{} })
}

// change writes a count; when it cannot be written it stays as it was.
func (t *Tries) change(card myfile.ID, to func(myfile.Tried) myfile.Tried) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	next, key := maps.Clone(t.tried), hex.EncodeToString(card[:])
	if next == nil {
		next = map[string]myfile.Tried{}
	}
	if next[key] = to(next[key]); next[key] == (myfile.Tried{}) {
		delete(next, key)
	}
	data, err := json.Marshal(next)
	if err == nil {
		err = durable.Replace(t.path, data, 0o600)
	}
	if err != nil {
		return fmt.Errorf("count a PIN: %w", err)
	}
	t.tried = next
	return nil
}
