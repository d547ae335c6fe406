// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"yuexin/shared/credit/receipt"
	"yuexin/shared/fault"
	"yuexin/shared/sync/seal"
	"yuexin/shared/terminal"
	"yuexin/syncserver/store"
)

// ReceiptView is what the code of a receipt proves.
type ReceiptView struct {
	Number string `json:"number"`
	Device string `json:"device"` // dev_…
	Name   string `json:"name"`   // of the device
	At     string `json:"at"`     // by the device's clock
}

// receipt verifies the code of a receipt with the key of the device that leads its number: fault.NotFound
// "server.receipt.device" where no device has it, fault.Invalid "server.receipt.forged" where the signature is another's.
func (o operator) receipt(ctx context.Context, code string) (ReceiptView, error) {
	signed, err := receipt.ParseSigned(code)
	if err != nil {
		return ReceiptView{}, err
	}
	d, err := o.numbering(ctx, signed.Number.Device())
	if err != nil {
		return ReceiptView{}, err
	}
	public, err := seal.ParseSignPublic(d.Public)
	if err != nil {
		return ReceiptView{}, fmt.Errorf("key of %s: %w", d.ID, err)
	}
	if err := public.Verify(receipt.Purpose, signed.Message(), signed.Signature); err != nil {
		return ReceiptView{}, fault.New(fault.Invalid, "server.receipt.forged").WithCause(err)
	}
	return ReceiptView{Number: signed.Number.String(), Device: d.ID.String(), Name: d.Name, At: signed.Time().Local().Format(minute)}, nil
}

// numbering returns the device whose number leads receipts.
func (o operator) numbering(ctx context.Context, number int) (store.Device, error) {
	all, err := o.Store.Devices(ctx)
	if err != nil {
		return store.Device{}, err
	}
	for _, d := range all {
		if int(d.ShortID) == number {
			return d, nil
		}
	}
	return store.Device{}, fault.New(fault.NotFound, "server.receipt.device").With("number", fmt.Sprint(number))
}

func (c *commands) receiptCommand() *cobra.Command {
	return &cobra.Command{
		Use: "receipt CODE", Short: "Verify what the QR code of a receipt says: that the device gave this number then", Args: terminal.Exactly(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			v, err := asOperator(cmd.Context(), c, "receipt", args[0], operator.receipt)
			if err != nil {
				return err
			}
			t := c.terminal()
			return t.Show(v, func(w io.Writer) {
				fmt.Fprintln(w, t.T("server.receipt.good", "number", v.Number, "name", v.Name, "at", v.At))
			})
		},
	}
}
