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
	"strings"
	"time"

	"github.com/spf13/cobra"

	"yuexin/shared/durable"
	"yuexin/shared/fault"
	"yuexin/shared/sync/seal"
	"yuexin/shared/terminal"
	"yuexin/syncserver/fleet"
)

// A forgotten passphrase of a laptop is recovered by two administrators, each
// with a key of their own, by texts that may be read over the telephone. No
// unsynced work is lost by it. Devices learn the administrators' keys when
// they enrol, so the keys are made first.

type (
	// AdminAsk registers an administrator's public recovery keys.
	AdminAsk struct{ Public seal.AdminPublic }
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

func (o operator) addAdmin(ctx context.Context, a AdminAsk) (None, error) {
	return None{}, fleet.AddAdmin(ctx, o.Store, a.Public)
}

func (o operator) admins(ctx context.Context, _ None) ([]AdminView, error) {
	all, err := fleet.Admins(ctx, o.Store)
	out := make([]AdminView, len(all))
	for i, p := range all {
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
		Long: "Each administrator makes a key once, before laptops enrol:\n\n" +
			"  syncserver recovery new --out li.key\n\n" +
			"Somebody forgot: on the laptop `agent recover begin` prints a text. The first administrator turns it\n" +
			"into a second text, the second administrator that into a response, which `agent recover finish` takes:\n\n" +
			"  syncserver recovery approve --with li.key\n  syncserver recovery approve --with wang.key\n\n" +
			"Both compare the four words with the person first. Nothing on the laptop is lost.",
	}
	cmd.AddCommand(c.newAdmin(), c.listAdmins(), c.approve())
	return cmd
}

func (c *commands) newAdmin() *cobra.Command {
	var out string
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
			if _, err := asOperator(cmd.Context(), c, "admin", AdminAsk{public}, operator.addAdmin); err != nil {
				return err
			}
			return t.Show(AdminView{public.ID().String(), public}, func(w io.Writer) {
				fmt.Fprintln(w, t.T("server.recovery.made", "file", out, "id", public.ID().String()))
			})
		},
	}
	cmd.Flags().StringVar(&out, "out", "", "file for the key")
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
