// SPDX-License-Identifier: Apache-2.0

package verbs

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"github.com/spf13/cobra"

	"yuexin/shared/durable"
	"yuexin/shared/fault"
	"yuexin/shared/station"
	"yuexin/shared/sync/courier"
	"yuexin/shared/terminal"
)

// carry writes what only a person can bring to the server. It stays here until the
// server has said that it has it: a stick that is lost loses nothing.
func (c *commands) carry() *cobra.Command {
	var out string
	cmd := &cobra.Command{
		Use: "carry", Short: "Write what the network can take no more to a file, which somebody carries to the server", Args: terminal.Exactly(0),
		Example: "  kiosk carry --out /media/usb/dasha-1.courier",
		RunE: c.reading(func(ctx context.Context, s *station.Station) error {
			if out == "" {
				return fault.New(fault.Invalid, "verbs.carry.where").WithField("out")
			}
			boxes, err := s.Replica.Stranded(ctx)
			if err != nil {
				return err
			}
			if len(boxes) == 0 {
				return c.show(map[string]any{"carried": 0}, "verbs.carry.none")
			}
			err = durable.Export(out, courier.File{Device: s.Enrolment.Device, Boxes: boxes}.Encode())
			if errors.Is(err, fs.ErrExist) {
				return fault.New(fault.Conflict, "verbs.carry.there").With("file", out).WithField("out").WithCause(err)
			}
			if err != nil {
				return terminal.Unwritten(out, err)
			}
			return c.show(map[string]any{"file": out, "carried": len(boxes)}, "verbs.carry.done", "n", fmt.Sprint(len(boxes)), "file", out)
		}),
	}
	cmd.Flags().StringVar(&out, "out", "", "file to write; it must not be there yet")
	return cmd
}
