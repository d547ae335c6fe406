// SPDX-License-Identifier: Apache-2.0

package verbs

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"yuexin/assets"
	"yuexin/shared/i18n"
	"yuexin/shared/station"
	"yuexin/shared/terminal"
)

// Version is the version of the device programs, as the fleet view shows it.
const Version = "0.1.0"

// PassphraseVariable holds the passphrase for scripts, which have no terminal.
const PassphraseVariable = "YUEXIN_PASSPHRASE"

// AddedVariable holds the passphrase of a person who is added to a laptop.
const AddedVariable = "YUEXIN_ADDED_PASSPHRASE"

// Program is one of the device programs.
type Program struct {
	Name  string // "agent" or "kiosk"
	Short string // what it is for, in a sentence

	// Windows opens the program's windows on a station; nil in a build
	// without a display.
	Windows func(ctx context.Context, s *station.Station) error

	// Flags adds the flags that say how the windows open; nil for none.
	Flags func(*pflag.FlagSet)

	// Own returns the commands that only this program has; nil for none.
	Own func(Tools) []*cobra.Command
}

// Tools is what a program's own commands work with.
type Tools struct{ c *commands }

// Terminal returns the terminal in the language that was asked for.
func (t Tools) Terminal() *terminal.Terminal { return t.c.terminal() }

// Working runs a command that writes, on an unlocked station.
func (t Tools) Working(run func(ctx context.Context, s *station.Station) error) func(*cobra.Command, []string) error {
	return t.c.working(run)
}

// Main carries out the process's command line and returns the exit code.
func Main(p Program) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	texts, err := i18n.Load(assets.Locales())
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	c := &commands{program: p, texts: texts}
	if err := c.root().ExecuteContext(ctx); err != nil {
		c.json = c.json || terminal.AsksJSON(os.Args[1:])
		return c.terminal().Fail(err)
	}
	return 0
}

// commands is the command line of one program.
type commands struct {
	program Program
	texts   *i18n.Catalogue
	dir     string
	lang    string
	json    bool
	verbose bool
}

func (c *commands) terminal() *terminal.Terminal { return terminal.New(c.texts, c.lang, c.json) }

func (c *commands) root() *cobra.Command {
	root := &cobra.Command{
		Use: c.program.Name, Short: c.program.Short,
		Long: c.program.Short + ".\n\nWithout a command it opens its windows. Every command works without a network;\n" +
			"sync is the only one that needs it.",
		RunE: func(cmd *cobra.Command, _ []string) error { return c.windows(cmd) },
	}
	flags := root.PersistentFlags()
	flags.StringVar(&c.dir, "dir", c.program.Name+"-data", "data folder")
	flags.StringVar(&c.lang, "lang", "", "language of results: zh or en (default: that of the terminal)")
	flags.BoolVar(&c.json, "json", false, "results and errors as JSON")
	flags.BoolVar(&c.verbose, "verbose", false, "log what sync does")
	if c.program.Flags != nil {
		c.program.Flags(root.Flags())
	}
	root.AddCommand(
		c.enrol(), c.put(), c.get(), c.list(), c.demand(), c.sync(), c.status(), c.tray(), c.rules(), c.export(),
	)
	if c.program.Name == "agent" { // a kiosk has no passphrase to forget, nobody who settles, and hands in attachments with put
		root.AddCommand(c.recovery(), c.review(), c.attach(), c.attachments(), c.fetch())
	}
	if c.program.Name == "kiosk" { // a laptop can read its work, and sends it again by itself
		root.AddCommand(c.carry(), c.voice())
	}
	if c.program.Own != nil {
		root.AddCommand(c.program.Own(Tools{c})...)
	}
	terminal.Prepare(root)
	return root
}

func (c *commands) windows(cmd *cobra.Command) error {
	if c.program.Windows == nil {
		return cmd.Help()
	}
	s, err := c.open(cmd.Context())
	if err != nil {
		return err
	}
	defer c.close(s)
	terminal.LeaveConsole()
	return c.program.Windows(cmd.Context(), s)
}

func (c *commands) log() *slog.Logger {
	if !c.verbose {
		return slog.New(slog.DiscardHandler)
	}
	return slog.New(slog.NewTextHandler(os.Stderr, nil))
}

// open opens the station without unlocking it.
func (c *commands) open(ctx context.Context) (*station.Station, error) {
	return station.Open(ctx, c.config())
}

func (c *commands) config() station.Config {
	return station.Config{Dir: c.dir, Program: c.program.Name, Version: Version, Log: c.log()}
}

func (c *commands) close(s *station.Station) {
	if err := s.Close(); err != nil {
		c.terminal().Fail(err)
	}
}

// working runs a command that writes, on an unlocked station.
func (c *commands) working(run func(ctx context.Context, s *station.Station) error) func(*cobra.Command, []string) error {
	return c.with(c.config, run)
}

// reading runs a command that only reads, on an unlocked station that other
// processes may write to meanwhile.
func (c *commands) reading(run func(ctx context.Context, s *station.Station) error) func(*cobra.Command, []string) error {
	return c.with(func() station.Config {
		cfg := c.config()
		cfg.ReadOnly = true
		return cfg
	}, run)
}

func (c *commands) with(cfg func() station.Config, run func(ctx context.Context, s *station.Station) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, _ []string) error {
		s, err := station.Open(cmd.Context(), cfg())
		if err != nil {
			return err
		}
		defer c.close(s)
		if err := c.unlock(cmd.Context(), s); err != nil {
			return err
		}
		return run(cmd.Context(), s)
	}
}

func (c *commands) unlock(ctx context.Context, s *station.Station) error {
	if err := s.Enrolled(); err != nil {
		return err
	}
	passphrase := ""
	if c.program.Name == "agent" {
		t := c.terminal()
		var err error
		if passphrase, err = t.AskSecret(t.T("verbs.passphrase"), PassphraseVariable); err != nil {
			return err
		}
	}
	return s.Unlock(ctx, passphrase)
}

// show prints one sentence, or v as JSON.
func (c *commands) show(v any, key string, pairs ...string) error {
	t := c.terminal()
	return t.Show(v, func(w io.Writer) { fmt.Fprintln(w, t.T(key, pairs...)) })
}
