// SPDX-License-Identifier: Apache-2.0

package station

import (
	"crypto/rand"
	"sync"
	"time"

	"yuexin/shared/sync/hlc"
)

// Clock reads the machine's clocks as hlc wants them: the time of day as it
// is, and a monotonic clock with the boot it belongs to.
type Clock struct {
	once    sync.Once
	boot    [16]byte
	started time.Time
}

// Reading returns what the machine's clocks say now.
func (c *Clock) Reading() hlc.Reading {
	c.once.Do(c.init)
	return hlc.Reading{WallMS: time.Now().UnixMilli(), BootID: c.boot, MonoMS: c.mono()}
}

func (c *Clock) init() {
	c.started = time.Now()
	if boot, ok := bootID(); ok {
		c.boot = boot
		return
	}
	// Without a boot id of the system each start of the program counts as a
	// boot: offsets are then measured anew, nothing worse.
	rand.Read(c.boot[:])
}

func (c *Clock) mono() int64 {
	if ms, ok := bootTime(); ok {
		return ms
	}
	return time.Since(c.started).Milliseconds()
}
