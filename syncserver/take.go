// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"yuexin/shared/fault"
	"yuexin/shared/sync/courier"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/replica/envelope"
	"yuexin/shared/sync/wire"
	"yuexin/shared/terminal"
	"yuexin/syncserver/fleet"
	"yuexin/syncserver/store"
)

type (
	// TakeAsk hands over a file that kiosk carry wrote.
	TakeAsk struct {
		File string // its name, for the audit log
		Data []byte
		Dry  bool // open and check it, and take nothing
	}
	// TakeAnswer says what became of the boxes in it.
	TakeAnswer struct {
		Device string `json:"device"`
		Name   string `json:"name"`
		Boxes  int    `json:"boxes"`
		Before int    `json:"before"` // carried here before
		Kept   int    `json:"kept"`   // for an administrator to decide about
		Had    int    `json:"had"`    // the server had received or decided about it otherwise
		Dry    bool   `json:"dry"`
	}
)

// take puts what a courier brought where an administrator decides about it. Every
// box is checked before the first is taken, and one that was taken before changes
// nothing: a file may be handed in as often as one likes.
func (o operator) take(ctx context.Context, a TakeAsk) (out TakeAnswer, err error) {
	file, err := courier.Decode(a.Data)
	if err != nil {
		return out, err
	}
	d, err := o.Store.Device(ctx, file.Device)
	if err != nil {
		return out, unknown(err, "server.take.device", "id", file.Device.String())
	}
	out = TakeAnswer{Device: d.ID.String(), Name: d.Name, Boxes: len(file.Boxes), Dry: a.Dry}
	opened := make([]*wire.Batch, len(file.Boxes))
	for i, box := range file.Boxes {
		if opened[i], err = o.openBox(d, box); err != nil {
			return out, err
		}
	}
	batches, err := courier.Reissue(opened)
	if err != nil {
		return out, err
	}
	for _, b := range batches {
		if err = o.takeBatch(ctx, d, b, &out); err != nil {
			break
		}
	}
	if o.fleet != nil && out.Kept+out.Had > 0 {
		o.fleet.Carried(d.ID)
	}
	return out, err
}

// openBox returns what the device put into a box.
func (o operator) openBox(d store.Device, box []byte) (*wire.Batch, error) {
	frame, err := envelope.Open(o.Identity.Box, box)
	if err != nil { // the file is whole, so it is not this server's
		return nil, fault.New(fault.NotAllowed, "server.take.server").WithCause(err)
	}
	b, err := wire.DecodeFrame(frame)
	if err != nil {
		return nil, fault.New(fault.Corrupt, "courier.box").WithCause(err)
	}
	err = b.Verify(func(message, signature []byte) bool {
		return fleet.Verify(d.Public, "yuexin frame", message, signature)
	})
	if err != nil {
		return nil, fault.New(fault.NotAllowed, "server.take.signature").With("name", d.Name).WithCause(err)
	}
	return b, nil
}

func (o operator) takeBatch(ctx context.Context, d store.Device, b *wire.Batch, out *TakeAnswer) error {
	lane, err := o.Store.Lane(ctx, b.Lane)
	if err != nil {
		return err
	}
	before := int(min(max(lane.Next, b.First)-b.First, uint64(len(b.Sets))))
	out.Before += before
	if out.Dry {
		return nil
	}
	receipts, err := o.Store.Commit(ctx, store.Submission{Device: d.ID, Batch: b, NowMS: o.Now().UnixMilli(), Carried: true})
	if err != nil {
		return err
	}
	for _, r := range receipts[before:] {
		if r.Outcome == record.Quarantined {
			out.Kept++
		} else {
			out.Had++
		}
	}
	return nil
}

func (c *commands) take() *cobra.Command {
	var dry bool
	cmd := &cobra.Command{
		Use: "take FILE", Short: "Take what a machine could not send and staff carried here; an administrator then decides about it", Args: terminal.Exactly(1),
		Example: "  syncserver take /media/usb/dasha-1.courier",
		RunE: func(cmd *cobra.Command, args []string) error {
			data, err := os.ReadFile(args[0])
			if err != nil {
				return terminal.Unread(args[0], err)
			}
			a, err := asOperator(cmd.Context(), c, "take", TakeAsk{filepath.Base(args[0]), data, dry}, operator.take)
			if err != nil {
				return err
			}
			t := c.terminal()
			return t.Show(a, func(w io.Writer) {
				n := fmt.Sprint
				if a.Dry {
					fmt.Fprintln(w, t.T("server.take.dry", "name", a.Name, "n", n(a.Boxes), "before", n(a.Before)))
					return
				}
				fmt.Fprintln(w, t.T("server.take.done", "name", a.Name, "n", n(a.Boxes), "kept", n(a.Kept), "had", n(a.Had), "before", n(a.Before)))
				if a.Kept > 0 {
					fmt.Fprintln(w, t.T("server.take.next"))
				}
			})
		},
	}
	cmd.Flags().BoolVar(&dry, "dry-run", false, "open and check the file, and take nothing")
	return cmd
}
