// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"yuexin/shared/credit/doorplate"
	"yuexin/shared/credit/plate"
	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/terminal"
	"yuexin/syncserver/plates"
)

type (
	// PlateDeed says what happens to single plates.
	PlateDeed struct {
		Village string // statistical code or name; "" looks everywhere
		Codes   []string
		Reason  string
		Foreign string // what somebody else's plate says

		Numbers    []string // of a split: the house numbers of the doors that there are now
		Into       string   // of a merger: the short code of the plate that stays
		Households []string // of a binding: their records
	}
	// PlateDone is what became of one plate.
	PlateDone struct {
		Code string `json:"code"`
		New  string `json:"new,omitempty"` // codes of the plates that hang there from now on
	}
)

// journalName is the file beside the store that notes what was printed.
const journalName = "plates.log"

func (a *App) journal() (*plates.Journal, error) {
	return plates.OpenJournal(filepath.Join(a.Dir, journalName))
}

// keeper returns what decides about plates; by is zero for the desk, by the rules.
func (a *App) keeper(by ident.Actor) (k plates.Keeper, err error) {
	k = plates.Keeper{Store: a.desk(), By: by, Now: a.Now(), Random: a.Random, One: &a.plating}
	k.Keys, err = plates.OpenKeys(a.keys(), a.Now(), a.Random)
	return k, err
}

func (o operator) keeper() (k plates.Keeper, err error) {
	return o.App.keeper(o.logins.Desk.Actor)
}

// each does something to every plate that is named.
func (o operator) each(ctx context.Context, a PlateDeed, do func(plates.Keeper, plates.Plate) (PlateDone, error)) (out []PlateDone, err error) {
	var scope ident.Scope
	if a.Village != "" {
		if scope, err = o.village(ctx, a.Village); err != nil {
			return nil, err
		}
	}
	k, err := o.keeper()
	if err != nil {
		return nil, err
	}
	for _, text := range a.Codes {
		code, err := doorplate.ParseCode(text)
		if err != nil {
			return out, err
		}
		p, err := k.Find(ctx, scope, code)
		if err != nil {
			return out, err
		}
		done, err := do(k, p)
		if err != nil {
			return out, err
		}
		done.Code = p.Code.String()
		out = append(out, done)
	}
	return out, nil
}

func (o operator) voidPlates(ctx context.Context, a PlateDeed) ([]PlateDone, error) {
	return o.each(ctx, a, func(k plates.Keeper, p plates.Plate) (PlateDone, error) {
		return PlateDone{}, k.Void(ctx, p, a.Reason)
	})
}

func (o operator) replacePlates(ctx context.Context, a PlateDeed) ([]PlateDone, error) {
	return o.each(ctx, a, func(k plates.Keeper, p plates.Plate) (PlateDone, error) {
		next, err := k.Replace(ctx, p, a.Reason)
		return PlateDone{New: next.Code.String()}, err
	})
}

func (o operator) mapPlate(ctx context.Context, a PlateDeed) ([]PlateDone, error) {
	return o.each(ctx, a, func(k plates.Keeper, p plates.Plate) (PlateDone, error) {
		return PlateDone{}, k.Map(ctx, p, a.Foreign)
	})
}

func (o operator) splitPlate(ctx context.Context, a PlateDeed) ([]PlateDone, error) {
	return o.each(ctx, a, func(k plates.Keeper, p plates.Plate) (PlateDone, error) {
		_, made, err := k.Do(ctx, plate.Ask{Plate: p.Header.ID, Deed: plate.Split, Reason: a.Reason, Numbers: a.Numbers})
		codes := make([]string, len(made))
		for i, next := range made {
			codes[i] = next.Code.String()
		}
		return PlateDone{New: strings.Join(codes, " ")}, err
	})
}

func (o operator) mergePlates(ctx context.Context, a PlateDeed) ([]PlateDone, error) {
	return o.each(ctx, a, func(k plates.Keeper, p plates.Plate) (PlateDone, error) {
		code, err := doorplate.ParseCode(a.Into)
		if err != nil {
			return PlateDone{}, err
		}
		into, err := k.Find(ctx, p.Header.Scope, code)
		if err != nil {
			return PlateDone{}, err
		}
		_, _, err = k.Do(ctx, plate.Ask{Plate: p.Header.ID, Deed: plate.Merge, Reason: a.Reason, Into: into.Header.ID})
		return PlateDone{New: into.Code.String()}, err
	})
}

func (o operator) bindPlate(ctx context.Context, a PlateDeed) ([]PlateDone, error) {
	ask := plate.Ask{Deed: plate.Bind, Reason: a.Reason}
	for _, text := range a.Households {
		id, err := ident.Parse[ident.Record](text)
		if err != nil {
			return nil, fault.New(fault.Invalid, "plate.households").WithField("household").WithCause(err)
		}
		ask.Households = append(ask.Households, id)
	}
	return o.each(ctx, a, func(k plates.Keeper, p plates.Plate) (PlateDone, error) {
		one := ask
		one.Plate = p.Header.ID
		_, _, err := k.Do(ctx, one)
		return PlateDone{}, err
	})
}

// rotatePlateKey makes a new key that signs plates from now on; pages and
// devices take it at once.
func (o operator) rotatePlateKey(ctx context.Context, _ None) (None, error) {
	if _, err := plates.Rotate(o.keys(), o.Now(), o.Random); err != nil {
		return None{}, err
	}
	return None{}, o.loadPlateKeys(ctx)
}

// loadPlateKeys reads the keys of plates, publishes them to devices, and lets
// the pages verify by them.
func (a *App) loadPlateKeys(ctx context.Context) error {
	keys, err := plates.OpenKeys(a.keys(), a.Now(), a.Random)
	if err != nil {
		return err
	}
	set, err := keys.Set()
	if err != nil {
		return err
	}
	if err := keys.Publish(ctx, a.desk()); err != nil {
		return err
	}
	a.plateKeys.Store(&set)
	return nil
}

// keeping returns the commands for single plates.
func (c *commands) keeping() []*cobra.Command {
	void := c.deed("void", "Make plates void for good: stolen, or hung at the wrong door", "voided", operator.voidPlates)
	void.Example = "  syncserver plates void --code 7K2M-9QXT --reason 被盗"
	replace := c.deed("replace", "Issue other plates for the doors of damaged ones, which count no more", "replaced", operator.replacePlates)
	replace.Example = "  syncserver plates replace --code 7K2M-9QXT --reason 破损\n  syncserver plates --village 富溪村 --code NEWC-ODE1 --sheets new.pdf --cards new-card.pdf"
	return []*cobra.Command{void, replace, c.splitting(), c.merging(), c.binding(), c.mapping(), c.rotation()}
}

func (c *commands) deed(name, short, doing string, do func(operator, context.Context, PlateDeed) ([]PlateDone, error)) *cobra.Command {
	var q PlateDeed
	cmd := &cobra.Command{Use: name, Short: short, Args: terminal.Exactly(0), RunE: func(cmd *cobra.Command, _ []string) error {
		if len(q.Codes) == 0 {
			return terminal.Missing("--code")
		}
		return c.told(cmd.Context(), "plates."+name, doing, q, do)
	}}
	c.plateFlags(cmd, &q)
	cmd.Flags().StringVar(&q.Reason, "reason", "", "why; it is noted with the plate")
	return cmd
}

func (c *commands) splitting() *cobra.Command {
	var q PlateDeed
	cmd := &cobra.Command{
		Use: "split", Short: "Issue a plate for each of the doors that one door became", Args: terminal.Exactly(0),
		Example: "  syncserver plates split --code 7K2M-9QXT --number 12号之一 --number 12号之二 --reason 分户",
		RunE: func(cmd *cobra.Command, _ []string) error {
			if len(q.Codes) != 1 || len(q.Numbers) == 0 {
				return terminal.Missing("--code / --number")
			}
			return c.told(cmd.Context(), "plates.split", "split", q, operator.splitPlate)
		},
	}
	c.plateFlags(cmd, &q)
	cmd.Flags().StringArrayVar(&q.Numbers, "number", nil, "house number of a door that there is now; two or more")
	cmd.Flags().StringVar(&q.Reason, "reason", "", "why; it is noted with the plate")
	return cmd
}

func (c *commands) merging() *cobra.Command {
	var q PlateDeed
	cmd := &cobra.Command{
		Use: "merge", Short: "Let the plates of doors that became one lead to the plate that stays", Args: terminal.Exactly(0),
		Example: "  syncserver plates merge --code 7K2M-9QXT --into 3XYZ-1ABC --reason 两户打通",
		RunE: func(cmd *cobra.Command, _ []string) error {
			if len(q.Codes) == 0 || q.Into == "" {
				return terminal.Missing("--code / --into")
			}
			return c.told(cmd.Context(), "plates.merge", "merged", q, operator.mergePlates)
		},
	}
	c.plateFlags(cmd, &q)
	cmd.Flags().StringVar(&q.Into, "into", "", "short code of the plate that stays")
	cmd.Flags().StringVar(&q.Reason, "reason", "", "why; it is noted with the plate")
	return cmd
}

func (c *commands) binding() *cobra.Command {
	var q PlateDeed
	cmd := &cobra.Command{
		Use: "bind", Short: "Note which households live behind a plate", Args: terminal.Exactly(0),
		Example: "  syncserver plates bind --code 7K2M-9QXT --household rec_… --household rec_…",
		RunE: func(cmd *cobra.Command, _ []string) error {
			if len(q.Codes) != 1 || len(q.Households) == 0 {
				return terminal.Missing("--code / --household")
			}
			return c.told(cmd.Context(), "plates.bind", "bound", q, operator.bindPlate)
		},
	}
	c.plateFlags(cmd, &q)
	cmd.Flags().StringArrayVar(&q.Households, "household", nil, "record of a household that lives there")
	cmd.Flags().StringVar(&q.Reason, "reason", "", "why, if there is something to say")
	return cmd
}

func (c *commands) mapping() *cobra.Command {
	var q PlateDeed
	cmd := &cobra.Command{
		Use: "map", Short: "Let the QR code on somebody else's plate, such as the police's, stand for a plate", Args: terminal.Exactly(0),
		Example: "  syncserver plates map --code 7K2M-9QXT --foreign 'https://police.example.cn/code?id=4412'",
		RunE: func(cmd *cobra.Command, _ []string) error {
			if len(q.Codes) != 1 || q.Foreign == "" {
				return terminal.Missing("--code / --foreign")
			}
			return c.told(cmd.Context(), "plates.map", "mapped", q, operator.mapPlate)
		},
	}
	c.plateFlags(cmd, &q)
	cmd.Flags().StringVar(&q.Foreign, "foreign", "", "what the other QR code says; only a digest of it is kept")
	return cmd
}

func (c *commands) plateFlags(cmd *cobra.Command, q *PlateDeed) {
	cmd.Flags().StringSliceVar(&q.Codes, "code", nil, "short code on the plate")
	cmd.Flags().StringVar(&q.Village, "village", "", "village by statistical code or name, where villages share a code")
}

// told does something to plates and says what became of each.
func (c *commands) told(ctx context.Context, name, doing string, q PlateDeed, do func(operator, context.Context, PlateDeed) ([]PlateDone, error)) error {
	done, err := asOperator(ctx, c, name, q, do)
	if err != nil {
		return err
	}
	t := c.terminal()
	return t.Show(done, func(w io.Writer) {
		for _, d := range done {
			fmt.Fprintln(w, t.T("server.plates."+doing, "code", d.Code, "new", d.New))
		}
	})
}

func (c *commands) rotation() *cobra.Command {
	return &cobra.Command{
		Use: "rotate", Short: "Make a new key that signs plates from now on; plates of the older ones stay good", Args: terminal.Exactly(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if _, err := asOperator(cmd.Context(), c, "plates.rotate", None{}, operator.rotatePlateKey); err != nil {
				return err
			}
			t := c.terminal()
			return t.Show(None{}, func(w io.Writer) { fmt.Fprintln(w, t.T("server.plates.rotated")) })
		},
	}
}
