// SPDX-License-Identifier: Apache-2.0

//go:build !linux

package device

import (
	"bytes"
	"os/exec"
)

// giveSound hands a sound to a player at its standard input: what is read to somebody never lies on a disk.
func giveSound(cmd *exec.Cmd, wav []byte) (free func(), err error) {
	cmd.Stdin = bytes.NewReader(wav)
	cmd.Args = append(cmd.Args, "/dev/stdin")
	return func() {}, nil
}
