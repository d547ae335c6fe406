// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"yuexin/shared/dirlock"
	"yuexin/shared/durable"
	"yuexin/shared/fault"
	"yuexin/shared/terminal"
	"yuexin/syncserver/store"
	"yuexin/syncserver/store/central"
	"yuexin/syncserver/store/database"
	"yuexin/syncserver/store/postgres"
	"yuexin/syncserver/store/sqlite"
)

// databaseName is the file of a data folder that says in which database its rows are, in one line as --store has it. Without it
// they are in a file of the folder. Only its owner may read it: a password may stand in it.
const databaseName = "database"

// embedded is the database that a data folder has when nothing is said.
const embedded = "sqlite:"

// parseDatabase reads what --store says: "sqlite:", "sqlite:FILE" or "postgres://…"; nil for the first.
func parseDatabase(text string) (database.Engine, error) {
	file, lite := strings.CutPrefix(text, embedded)
	switch {
	case text == embedded:
		return nil, nil
	case lite && filepath.IsAbs(file):
		return sqlite.File(file), nil
	case strings.HasPrefix(text, "postgres://"), strings.HasPrefix(text, "postgresql://"):
		return postgres.At(text), nil
	}
	return nil, fault.New(fault.Invalid, "sync.store.url")
}

// databaseOf returns what a data folder says, "sqlite:" if it says nothing.
func databaseOf(dir string) (string, error) {
	text, err := os.ReadFile(filepath.Join(dir, databaseName))
	if errors.Is(err, fs.ErrNotExist) {
		return embedded, nil
	}
	return strings.TrimSpace(string(text)), err
}

// keepDatabase lets a data folder say in which database its rows are from now on.
func keepDatabase(dir, text string) error {
	return durable.Replace(filepath.Join(dir, databaseName), []byte(text+"\n"), 0o600)
}

// database returns the database of the data folder, and what is to be kept once it is open: "" if nothing is. Another one than
// before is fault.Conflict "server.store.other".
func (a *App) database() (data database.Engine, keep string, err error) {
	known, err := databaseOf(a.Dir)
	if err != nil {
		return nil, "", err
	}
	wanted := a.Database
	if wanted == "" || wanted == known {
		data, err = parseDatabase(known)
		return data, "", err
	}
	if data, err = parseDatabase(wanted); err != nil {
		return nil, "", err
	}
	keys, err := filepath.Glob(filepath.Join(a.Dir, "store", central.KeyFile))
	if err != nil {
		return nil, "", err
	}
	if known != embedded || len(keys) > 0 { // it was opened before
		return nil, "", fault.New(fault.Conflict, "server.store.other")
	}
	return data, wanted, nil
}

// MigrateAsk names a database.
type MigrateAsk struct{ To string }

// moveTo moves the rows of a data folder's file to PostgreSQL, and lets the folder say so.
func moveTo(ctx context.Context, dir, to string, tell func(postgres.Loaded)) error {
	data, err := parseDatabase(to)
	if err != nil {
		return err
	}
	target, can := data.(postgres.Database)
	if !can {
		return fault.New(fault.Invalid, "sync.store.url")
	}
	known, err := databaseOf(dir)
	if err != nil {
		return err
	}
	file, lite := strings.CutPrefix(known, embedded)
	if !lite {
		return fault.New(fault.Conflict, "server.store.other")
	}
	home := filepath.Join(dir, "store")
	if file == "" {
		file = filepath.Join(home, central.DataFile)
	}
	if _, err := os.Stat(file); err != nil {
		return fault.New(fault.NotFound, "server.migrate.none").With("folder", dir).WithCause(err)
	}
	lock, free, err := dirlock.Take(home)
	if err != nil {
		return err
	}
	defer lock.Close() // it holds nothing else
	if !free {
		return fault.New(fault.Conflict, "sync.store.busy")
	}
	if err := target.Load(ctx, file, tell); err != nil {
		return err
	}
	return keepDatabase(dir, to)
}

// teller returns what shows how far moveTo is.
func (c *commands) teller() func(postgres.Loaded) {
	t := c.terminal()
	return func(l postgres.Loaded) {
		key := "server.migrate.copied"
		if l.Check {
			key = "server.migrate.compared"
		}
		if !c.json && !c.quiet {
			fmt.Fprintf(os.Stderr, "\r%s\x1b[K", t.T(key, "table", l.Table, "rows", fmt.Sprint(l.Rows)))
		}
	}
}

func (c *commands) migrate() *cobra.Command {
	return &cobra.Command{
		Use: "migrate DATABASE", Short: "Move the store from its file to PostgreSQL", Args: terminal.Exactly(1),
		Long: "Copy all rows of the store from its SQLite file to an empty database of PostgreSQL and compare each of them there.\n" +
			"From then on the data folder works with that database; the file stays as it is. Keys and attachments stay in\n" +
			"the folder. The server must not run meanwhile. What was interrupted goes on when the command is given again.",
		Example: "  syncserver migrate postgres://yuexin@db.example.gov.cn:5432/yuexin",
		RunE: func(cmd *cobra.Command, args []string) error {
			if _, err := parseDatabase(args[0]); err != nil {
				return err
			}
			if _, running := dialSocket(cmd.Context(), c.dir); running {
				return fault.New(fault.Conflict, "sync.store.busy")
			}
			if err := moveTo(cmd.Context(), c.dir, args[0], c.teller()); err != nil {
				return err
			}
			return verified(cmd.Context(), c, "migrate", MigrateAsk{To: "PostgreSQL"}, "server.migrate.done")
		},
	}
}

// verified opens a data folder whose store was made anew, checks every invariant, and says done; the audit log notes the
// deed with its question.
func verified[A any](ctx context.Context, c *commands, deed string, question A, done string) error {
	breaches, err := asOperator(ctx, c, deed, question, func(o operator, ctx context.Context, _ A) ([]store.Breach, error) {
		return o.verify(ctx, None{})
	})
	if err != nil {
		return err
	}
	t := c.terminal()
	if breaches == nil {
		breaches = []store.Breach{}
	}
	err = t.Show(breaches, func(w io.Writer) { fmt.Fprintln(w, t.T(done, "folder", c.dir)) })
	if err == nil && len(breaches) > 0 {
		err = fault.New(fault.Corrupt, "server.verify.bad").With("n", fmt.Sprint(len(breaches)))
	}
	return err
}
