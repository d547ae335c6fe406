// SPDX-License-Identifier: Apache-2.0

package plates

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"sync"
	"time"

	"yuexin/shared/credit/doorplate"
	"yuexin/shared/durable"
	"yuexin/shared/fault"
	"yuexin/shared/ident"
)

// Entry is one line of the journal: which plates were printed when, by whom and why again. It names no person who lives
// behind a plate.
type Entry struct {
	At      time.Time        `json:"at"`
	By      ident.Actor      `json:"by"`
	Village ident.Scope      `json:"village"`
	Form    Form             `json:"form"`
	Again   int              `json:"again"` // how many of the plates had been printed before
	Reason  string           `json:"reason,omitempty"`
	Codes   []doorplate.Code `json:"codes"`
}

// Journal is the file in which every print is noted, one JSON line each; it only grows. It is safe for concurrent use by
// one process.
type Journal struct {
	path string

	mu      sync.Mutex
	printed map[printed]bool // guarded by mu
	entries []Entry          // guarded by mu; oldest first
}

// Entries returns what was printed, newest first.
func (j *Journal) Entries() []Entry {
	j.mu.Lock()
	defer j.mu.Unlock()
	out := slices.Clone(j.entries)
	slices.Reverse(out)
	return out
}

// printed is a plate in a form. Codes are unique within a village only.
type printed struct {
	village ident.Scope
	form    Form
	code    doorplate.Code
}

// OpenJournal opens the journal at path, which need not exist yet. A last line that a power cut has left incomplete is
// cut off; any other line that cannot be read is fault.Corrupt.
func OpenJournal(path string) (*Journal, error) {
	j := &Journal{path: path, printed: map[printed]bool{}}
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return j, nil
	}
	if err != nil {
		return nil, fmt.Errorf("open plate journal: %w", err)
	}
	whole := wholeLines(data)
	if whole < len(data) {
		if err := os.Truncate(path, int64(whole)); err != nil {
			return nil, fmt.Errorf("mend plate journal: %w", err)
		}
	}
	for line := range bytes.Lines(data[:whole]) {
		var e Entry
		if err := json.Unmarshal(line, &e); err != nil {
			return nil, fault.New(fault.Corrupt, "").WithCause(fmt.Errorf("read plate journal: %w", err))
		}
		j.noteLocked(e)
	}
	return j, nil
}

// wholeLines is how much of a journal is whole: its last line may have no end, or zeros
// where the disk had not got what was to stand there.
func wholeLines(data []byte) int {
	whole := bytes.LastIndexByte(data, '\n') + 1
	if whole == 0 {
		return 0
	}
	last := bytes.LastIndexByte(data[:whole-1], '\n') + 1
	if bytes.IndexByte(data[last:whole], 0) >= 0 {
		return last
	}
	return whole
}

func (j *Journal) noteLocked(e Entry) {
	j.entries = append(j.entries, e)
	for _, c := range e.Codes {
		j.printed[printed{e.Village, e.Form, c}] = true
	}
}

// Printed returns how many of the plates of a village were printed in a form before.
func (j *Journal) Printed(village ident.Scope, form Form, codes []doorplate.Code) int {
	j.mu.Lock()
	defer j.mu.Unlock()
	n := 0
	for _, c := range codes {
		if j.printed[printed{village, form, c}] {
			n++
		}
	}
	return n
}

// Add notes a print; it is on disk when Add returns.
func (j *Journal) Add(e Entry) (err error) {
	defer fault.Wrap(&err, "note in plate journal")
	line, err := json.Marshal(e)
	if err != nil {
		return err
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if err := durable.AppendLine(j.path, line); err != nil {
		return err
	}
	j.noteLocked(e)
	return nil
}
