// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"yuexin/shared/credit/rulebook"
	"yuexin/shared/durable"
	"yuexin/shared/fault"
	"yuexin/shared/sync/seal"
	"yuexin/shared/terminal"
	"yuexin/syncserver/fleet"
)

// A forgotten passphrase of a laptop is recovered by two administrators, each
// with a key of their own, by texts that may be read over the telephone. No
// unsynced work is lost by it. Devices learn the administrators' keys when
// they enrol, so the first are made before; who comes and goes later is told them in a
// signed list.

type (
	// AdminAsk registers an administrator's public keys.
	AdminAsk struct {
		Public  seal.AdminPublic
		Vouched *rulebook.Edition // the list with them, signed by an administrator; nil: one of the first
	}
	// AdminView is a registered administrator.
	AdminView struct {
		ID     string           `json:"id"`
		Public seal.AdminPublic `json:"public"`
	}
	// ApprovalAsk is one step of a recovery, for the journal.
	ApprovalAsk struct {
		Step   string `json:"step"` // first or second
		Admin  string `json:"admin"`
		Device string `json:"device"`
	}
)

// recoveryVariable holds an administrator's passphrase for scripts.
const recoveryVariable = "YUEXIN_RECOVERY_PASSPHRASE"

// minRecovery is the least number of characters of a recovery key's passphrase:
// the key opens every laptop together with another one.
const minRecovery = 10

// addAdmin adds an administrator: by a list that one of them signed, or without, while
// no device has heard of any. fault.NotAllowed "server.recovery.vouch" afterwards: a
// device believes only those whom somebody it knows vouches for.
func (o operator) addAdmin(ctx context.Context, a AdminAsk) (None, error) {
	if a.Vouched != nil {
		return o.publish(ctx, PublishAsk{[]rulebook.Edition{*a.Vouched}})
	}
	now, err := o.keysNow(ctx)
	if err != nil {
		return None{}, err
	}
	devices, err := o.Store.Devices(ctx)
	if err != nil {
		return None{}, err
	}
	if now.KeysVersion > 0 || len(devices) > 0 && len(now.Admins) > 0 {
		return None{}, fault.New(fault.NotAllowed, "server.recovery.vouch")
	}
	return None{}, fleet.AddAdmin(ctx, o.Store, a.Public)
}

func (o operator) admins(ctx context.Context, _ None) ([]AdminView, error) {
	now, err := o.keysNow(ctx)
	out := make([]AdminView, len(now.Admins))
	for i, p := range now.Admins {
		out[i] = AdminView{p.ID().String(), p}
	}
	return out, err
}

// approved notes a step in the journal of recoveries, before the text that it
// made is shown to anybody.
func (o operator) approved(_ context.Context, a ApprovalAsk) (None, error) {
	line, err := json.Marshal(struct {
		At time.Time `json:"at"`
		ApprovalAsk
	}{o.Now(), a})
	if err != nil {
		return None{}, err
	}
	if err := durable.AppendLine(filepath.Join(o.Dir, "recovery.log"), line); err != nil {
		return None{}, fmt.Errorf("journal of recoveries: %w", err)
	}
	return None{}, nil
}

func (c *commands) recovery() *cobra.Command {
	cmd := &cobra.Command{
		Use: "recovery", Short: "Two administrators give somebody who forgot a laptop's passphrase a new one",
		Long: "Each administrator makes a key once, the first ones before laptops enrol:\n\n" +
			"  syncserver recovery new --out li.key\n\n" +
			"Afterwards one of them vouches for who comes, and for who goes; devices hear of it when they sync:\n\n" +
			"  syncserver recovery new --out wu.key --with li.key\n  syncserver recovery remove ID --with li.key\n\n" +
			"Somebody forgot: on the laptop `agent recover begin` prints a text. The first administrator turns it\n" +
			"into a second text, the second administrator that into a response, which `agent recover finish` takes:\n\n" +
			"  syncserver recovery approve --with li.key\n  syncserver recovery approve --with wang.key\n\n" +
			"Both compare the four words with the person first. Nothing on the laptop is lost.",
	}
	cmd.AddCommand(c.newAdmin(), c.removeAdmin(), c.listAdmins(), c.approve())
	return cmd
}

func (c *commands) newAdmin() *cobra.Command {
	var out, with string
	cmd := &cobra.Command{
		Use: "new", Short: "Make an administrator's recovery key; the file stays with the administrator", Args: terminal.Exactly(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if out == "" {
				return terminal.Missing("--out")
			}
			t := c.terminal()
			passphrase, err := t.AskSecret(t.T("server.recovery.passphrase"), recoveryVariable)
			if err != nil {
				return err
			}
			if len([]rune(passphrase)) < minRecovery {
				return fault.New(fault.Invalid, "server.recovery.weak").With("min", fmt.Sprint(minRecovery))
			}
			cfg := production(c.dir, c.sample, c.log())
			admin, err := seal.NewAdmin(seal.Default, cfg.Random)
			if err != nil {
				return err
			}
			wrapped, err := seal.WrapAdmin(cfg.Random, passphrase, seal.DefaultParams, admin)
			if err != nil {
				return err
			}
			public, err := admin.Public()
			if err != nil {
				return err
			}
			if err := writeNew(out, wrapped); err != nil {
				return err
			}
			question := AdminAsk{Public: public}
			if with != "" {
				list, err := c.admitted(cmd.Context(), with, public)
				if err != nil {
					return err
				}
				question.Vouched = &list
			}
			if _, err := asOperator(cmd.Context(), c, "admin", question, operator.addAdmin); err != nil {
				if fault.Is(err, fault.NotAllowed) { // nobody knows the key
					err = errors.Join(err, os.Remove(out))
				}
				return err
			}
			return t.Show(AdminView{public.ID().String(), public}, func(w io.Writer) {
				fmt.Fprintln(w, t.T("server.recovery.made", "file", out, "id", public.ID().String()))
			})
		},
	}
	cmd.Flags().StringVar(&out, "out", "", "file for the key")
	cmd.Flags().StringVar(&with, "with", "", "key file of an administrator who vouches; needed once devices are enrolled")
	return cmd
}

// admitted returns the list of administrators with one more, signed.
func (c *commands) admitted(ctx context.Context, key string, fresh seal.AdminPublic) (rulebook.Edition, error) {
	return c.administrators(ctx, key, func(now []seal.AdminPublic) ([]seal.AdminPublic, error) {
		if len(now) >= seal.MaxAdmins {
			return nil, fault.New(fault.Exhausted, "fleet.admins.many")
		}
		return append(slices.Clone(now), fresh), nil
	})
}

// administrators returns the next list of administrators, signed with the key of one of
// the present ones.
func (c *commands) administrators(ctx context.Context, key string, change func([]seal.AdminPublic) ([]seal.AdminPublic, error)) (rulebook.Edition, error) {
	r, err := asOperator(ctx, c, "ring", None{}, func(o operator, ctx context.Context, _ None) (RingAnswer, error) { return o.ring(ctx) })
	if err != nil {
		return rulebook.Edition{}, err
	}
	ring := r.Ring()
	admins, err := change(ring.Admins)
	if err != nil {
		return rulebook.Edition{}, err
	}
	e, err := ring.Next(admins, r.Editions)
	if err != nil {
		return e, err
	}
	list := []rulebook.Edition{e}
	err = c.sign(key, list)
	return list[0], err
}

func (c *commands) removeAdmin() *cobra.Command {
	var key string
	cmd := &cobra.Command{
		Use: "remove ID", Short: "Let an administrator's key count no more; what it has signed stays", Args: terminal.Exactly(1),
		Example: "  syncserver recovery remove 3f9c0d1e2a4b5c6d --with li.key",
		RunE: func(cmd *cobra.Command, args []string) error {
			if key == "" {
				return terminal.Missing("--with")
			}
			list, err := c.administrators(cmd.Context(), key, func(now []seal.AdminPublic) ([]seal.AdminPublic, error) {
				left := slices.DeleteFunc(slices.Clone(now), func(p seal.AdminPublic) bool { return p.ID().String() == args[0] })
				switch {
				case len(left) == len(now):
					return nil, fault.New(fault.NotFound, "server.recovery.admin").With("id", args[0])
				case len(left) < seal.MinAdmins:
					return nil, fault.New(fault.Conflict, "server.recovery.last")
				}
				return left, nil
			})
			if err != nil {
				return err
			}
			if _, err := asOperator(cmd.Context(), c, "admin.remove", PublishAsk{[]rulebook.Edition{list}}, operator.publish); err != nil {
				return err
			}
			t := c.terminal()
			return t.Show(map[string]string{"id": args[0]}, func(w io.Writer) {
				fmt.Fprintln(w, t.T("server.recovery.removed", "id", args[0]))
			})
		},
	}
	cmd.Flags().StringVar(&key, "with", "", "key file of an administrator who stays")
	return cmd
}

// writeNew writes a file that must not exist yet, for this user only.
func writeNew(path string, data []byte) error {
	err := durable.Export(path, data)
	if opening := (*fs.PathError)(nil); errors.As(err, &opening) && opening.Op == "open" {
		return fault.New(fault.Conflict, "server.recovery.file").With("file", path).WithCause(err)
	}
	return err
}

func (c *commands) listAdmins() *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List the administrators who can recover", Args: terminal.Exactly(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			all, err := asOperator(cmd.Context(), c, "admins", None{}, operator.admins)
			if err != nil {
				return err
			}
			rows := [][]string{{"ID"}}
			for _, a := range all {
				rows = append(rows, []string{a.ID})
			}
			return c.table(all, rows)
		},
	}
}

func (c *commands) approve() *cobra.Command {
	var keyFile string
	var sure bool
	cmd := &cobra.Command{
		Use: "approve", Short: "Take a laptop's or the first administrator's text from standard input; print the next one", Args: terminal.Exactly(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if keyFile == "" {
				return terminal.Missing("--with")
			}
			text, err := io.ReadAll(io.LimitReader(os.Stdin, 64<<10))
			if err != nil {
				return fmt.Errorf("read the text: %w", err)
			}
			admin, err := c.openAdmin(keyFile)
			if err != nil {
				return err
			}
			return c.approveText(cmd.Context(), admin, string(text), sure)
		},
	}
	cmd.Flags().StringVar(&keyFile, "with", "", "the administrator's key file")
	cmd.Flags().BoolVar(&sure, "yes", false, "the four words were compared with the person")
	return cmd
}

func (c *commands) openAdmin(file string) (admin seal.AdminPrivate, err error) {
	wrapped, err := os.ReadFile(file)
	if err != nil {
		return admin, terminal.Unread(file, err)
	}
	t := c.terminal()
	passphrase, err := t.AskSecret(t.T("server.recovery.passphrase"), recoveryVariable)
	if err != nil {
		return admin, err
	}
	admin, err = seal.UnwrapAdmin(passphrase, wrapped)
	if err != nil {
		return admin, fault.New(fault.Unauthenticated, "server.recovery.key").WithCause(err)
	}
	return admin, nil
}

// step is one approval: what it answers, and the text it makes.
type step struct {
	request seal.Request
	name    string
	make    func() (fmt.Stringer, error)
}

func (c *commands) approveText(ctx context.Context, admin seal.AdminPrivate, text string, sure bool) error {
	s, err := c.approval(ctx, admin, text)
	if err != nil {
		return err
	}
	t := c.terminal()
	if !sure {
		return fault.New(fault.NotAllowed, "server.recovery.compare").With("words", s.request.Phrase().String())
	}
	public, err := admin.Public()
	if err != nil {
		return err
	}
	made, err := s.make()
	if err != nil {
		return fault.New(fault.NotAllowed, "server.recovery.refused").WithCause(err)
	}
	note := ApprovalAsk{Step: s.name, Admin: public.ID().String(), Device: fmt.Sprintf("%x", s.request.Device)}
	if _, err := asOperator(ctx, c, "approved", note, operator.approved); err != nil {
		return err
	}
	return t.Show(map[string]string{"text": made.String()}, func(w io.Writer) { fmt.Fprintln(w, made) })
}

func (c *commands) approval(ctx context.Context, admin seal.AdminPrivate, text string) (step, error) {
	random := production(c.dir, c.sample, c.log()).Random
	if challenge, err := seal.ParseChallenge(strings.TrimSpace(text)); err == nil {
		return step{challenge.Request, "first", func() (fmt.Stringer, error) { return seal.Approve1(random, admin, challenge) }}, nil
	}
	partial, err := seal.ParsePartial(strings.TrimSpace(text))
	if err != nil {
		return step{}, fault.New(fault.Invalid, "server.recovery.text").WithCause(err)
	}
	all, err := asOperator(ctx, c, "admins", None{}, operator.admins)
	if err != nil {
		return step{}, err
	}
	for _, a := range all {
		if a.Public.ID() == partial.First {
			return step{partial.Request, "second", func() (fmt.Stringer, error) {
				return seal.Approve2(random, admin, a.Public, partial)
			}}, nil
		}
	}
	return step{}, fault.New(fault.NotFound, "server.recovery.admin").With("id", partial.First.String())
}
