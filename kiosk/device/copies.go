// SPDX-License-Identifier: Apache-2.0

package device

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"yuexin/shared/credit/receipt"
	"yuexin/shared/durable"
)

// copiesFile keeps how often receipts were printed.
const copiesFile = "prints.json"

// mostCopies is how many receipts are counted, the latest: some years of a village. One that is not counted any more begins at
// its second print, because it was handed in long ago.
const mostCopies = 2000

// Copies counts how often each receipt was printed. The count is on the disk before anything is printed: after a loss of power
// in the middle the next print says that it is not the first. It is safe for concurrent use.
type Copies struct {
	path string

	mu      sync.Mutex // protects what is below
	printed []printed
}

type printed struct {
	Number receipt.Number `json:"number"`
	Times  int            `json:"times"`
}

// OpenCopies reads the counts in a data folder. A damaged file counts as one in which every receipt was printed: it is said to
// be printed again rather than twice silently.
func OpenCopies(dir string) (*Copies, error) {
	c := &Copies{path: filepath.Join(dir, copiesFile)}
	data, err := os.ReadFile(c.path)
	if errors.Is(err, fs.ErrNotExist) {
		return c, nil
	}
	if err == nil {
		err = json.Unmarshal(data, &c.printed)
	}
	if err != nil {
		return c, fmt.Errorf("read how often receipts were printed: %w", err)
	}
	return c, nil
}

// Take counts one print more and returns the count. fresh says that the receipt was handed in just now: without a count it is
// the first print; any other is at least the second.
func (c *Copies) Take(n receipt.Number, fresh bool) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	before := slices.Clone(c.printed)
	i := slices.IndexFunc(c.printed, func(p printed) bool { return p.Number == n })
	if i < 0 {
		one := printed{Number: n}
		if !fresh {
			one.Times = 1
		}
		i, c.printed = len(c.printed), append(c.printed, one)
	}
	c.printed[i].Times++
	times := c.printed[i].Times
	c.printed = c.printed[max(0, len(c.printed)-mostCopies):]
	if err := c.write(); err != nil {
		c.printed = before
		return 0, err
	}
	return times, nil
}

// Back takes one count back, of a print of which surely nothing came out.
func (c *Copies) Back(n receipt.Number) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	for i := range c.printed {
		if c.printed[i].Number == n {
			if c.printed[i].Times--; c.printed[i].Times == 0 {
				c.printed = slices.Delete(c.printed, i, i+1)
			}
			return c.write()
		}
	}
	return nil
}

func (c *Copies) write() error {
	data, err := json.Marshal(c.printed)
	if err == nil {
		err = durable.Replace(c.path, data, 0o600)
	}
	if err != nil {
		return fmt.Errorf("count a print: %w", err)
	}
	return nil
}
