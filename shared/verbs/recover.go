// SPDX-License-Identifier: Apache-2.0

package verbs

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/station"
	"yuexin/shared/sync/seal"
	"yuexin/shared/terminal"
)

// recovery gives somebody who forgot the passphrase a new one, with the help
// of two administrators and without a network. Nothing unsynced is lost.
func (c *commands) recovery() *cobra.Command {
	cmd := &cobra.Command{Use: "recover", Short: "Set a new passphrase with the help of two administrators"}
	var person string
	forWhom := func(run func(context.Context, *station.Station, ident.Actor) error) func(context.Context, *station.Station) error {
		return func(ctx context.Context, s *station.Station) error {
			actor, err := s.Whose(ctx, person)
			if err != nil {
				return err
			}
			return run(ctx, s, actor)
		}
	}
	begin := &cobra.Command{
		Use: "begin", Short: "Choose a new passphrase and print the text for the first administrator", Args: terminal.Exactly(0),
		RunE: c.enrolledOnly(forWhom(c.beginRecovery)),
	}
	finish := &cobra.Command{
		Use: "finish", Short: "Take the administrators' response from standard input", Args: terminal.Exactly(0),
		RunE: c.enrolledOnly(forWhom(c.finishRecovery)),
	}
	cmd.PersistentFlags().StringVar(&person, "person", "", "id of who forgot it, where several persons work on the laptop")
	cmd.AddCommand(begin, finish)
	return cmd
}

// enrolledOnly runs a command on a station that stays locked.
func (c *commands) enrolledOnly(run func(ctx context.Context, s *station.Station) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, _ []string) error {
		s, err := c.open(cmd.Context())
		if err != nil {
			return err
		}
		defer c.close(s)
		if err := s.Enrolled(); err != nil {
			return err
		}
		return run(cmd.Context(), s)
	}
}

// fresh asks for the new passphrase: once to choose it, again to finish.
func (c *commands) fresh(key string) (string, error) {
	t := c.terminal()
	passphrase, err := t.AskSecret(t.T(key), PassphraseVariable)
	if err == nil && len([]rune(passphrase)) < station.MinPassphrase {
		err = fault.New(fault.Invalid, "station.passphrase").WithField("passphrase")
	}
	return passphrase, err
}

func (c *commands) beginRecovery(ctx context.Context, s *station.Station, actor ident.Actor) error {
	admins, err := s.Replica.RecoveryAdmins(ctx, actor)
	if err != nil {
		return err
	}
	if len(admins) < seal.MinAdmins {
		return fault.New(fault.Unsupported, "replica.recovery_none")
	}
	passphrase, err := c.fresh("verbs.passphrase.new")
	if err != nil {
		return err
	}
	challenge, err := s.Replica.BeginRecovery(ctx, actor, passphrase, admins[0], admins[1])
	if err != nil {
		return err
	}
	t := c.terminal()
	words := challenge.Request.Phrase().String()
	out := map[string]string{"text": challenge.String(), "words": words, "first": challenge.First.String(), "second": challenge.Second.String()}
	return t.Show(out, func(w io.Writer) {
		fmt.Fprintln(w, t.T("verbs.recover.challenge", "words", words, "first", challenge.First.String(), "second", challenge.Second.String()))
		fmt.Fprintln(w, challenge)
	})
}

func (c *commands) finishRecovery(ctx context.Context, s *station.Station, actor ident.Actor) error {
	text, err := io.ReadAll(io.LimitReader(os.Stdin, 64<<10))
	if err != nil {
		return fmt.Errorf("read the response: %w", err)
	}
	response, err := seal.ParseResponse(strings.TrimSpace(string(text)))
	if err != nil {
		return fault.New(fault.Invalid, "verbs.recover.text").WithCause(err)
	}
	passphrase, err := c.fresh("verbs.recover.again")
	if err != nil {
		return err
	}
	if err := s.FinishRecovery(ctx, actor, passphrase, response); err != nil {
		return err
	}
	st, err := s.Replica.Status(ctx)
	if err != nil {
		return err
	}
	return c.show(standingOf(s, st), "verbs.recover.done", "n", fmt.Sprint(st.Waiting))
}
