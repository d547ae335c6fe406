// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"os/exec"

	"yuexin/shared/fault"
)

// printPDF hands a page to the printer that the system knows, through lp of CUPS. It goes through a pipe: no file of ours holds
// it. fault.Unavailable where there is no printer.
func printPDF(ctx context.Context, pdf []byte) error {
	cmd := exec.CommandContext(ctx, "lp", "-s", "-o", "fit-to-page=false", "-")
	cmd.Stdin = bytes.NewReader(pdf)
	if err := cmd.Run(); err != nil {
		return fault.New(fault.Unavailable, "agent.card.noprinter").WithCause(err)
	}
	return nil
}
