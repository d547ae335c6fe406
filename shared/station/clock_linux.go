// SPDX-License-Identifier: Apache-2.0

package station

import (
	"encoding/hex"
	"os"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// bootID returns the kernel's id of this boot.
func bootID() (id [16]byte, ok bool) {
	text, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return id, false
	}
	b, err := hex.DecodeString(strings.ReplaceAll(strings.TrimSpace(string(text)), "-", ""))
	if err != nil || len(b) != len(id) {
		return id, false
	}
	return [16]byte(b), true
}

// bootTime returns the milliseconds since boot, sleep counted.
func bootTime() (ms int64, ok bool) {
	var ts unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_BOOTTIME, &ts); err != nil {
		return 0, false
	}
	return time.Duration(ts.Nano()).Milliseconds(), true
}
