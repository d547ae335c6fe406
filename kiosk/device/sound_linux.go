// SPDX-License-Identifier: Apache-2.0

package device

import (
	"fmt"
	"os"
	"os/exec"

	"golang.org/x/sys/unix"
)

// giveSound hands a sound to a player as its last argument, in a file of memory: what is read to somebody never lies on a
// disk. Call free once the player has ended.
func giveSound(cmd *exec.Cmd, wav []byte) (free func(), err error) {
	fd, err := unix.MemfdCreate("sound", unix.MFD_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("keep a sound: %w", err)
	}
	f := os.NewFile(uintptr(fd), "sound")
	if _, err := f.Write(wav); err != nil {
		_ = f.Close() // the first error says more
		return nil, fmt.Errorf("keep a sound: %w", err)
	}
	cmd.ExtraFiles = []*os.File{f}
	cmd.Args = append(cmd.Args, "/proc/self/fd/3") // the first after the three that every program has
	return func() { _ = f.Close() }, nil           // memory that nobody else has
}
