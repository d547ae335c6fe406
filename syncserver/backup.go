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
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"yuexin/shared/durable"
	"yuexin/shared/fault"
	"yuexin/shared/terminal"
	"yuexin/syncserver/store/central"
	"yuexin/syncserver/tlsid"
)

// A backup is a folder: the data and the journals in it, and in its
// folder "keys" the keys of the store together with the server's own.

// backup copies the store, and the server's own keys to those of the store: a
// restored server that cannot sign plates or prove who it is would be another.
// All of it is on disk when the command ends.
func (o operator) backup(ctx context.Context, a BackupAsk) (None, error) {
	if there, _ := os.ReadDir(a.Dir); len(there) > 0 {
		return None{}, fault.New(fault.Conflict, "server.backup.full").With("folder", a.Dir)
	}
	if _, err := o.signHead(ctx); err != nil { // the copy brings its heads along
		return None{}, err
	}
	if err := o.Store.Backup(ctx, a.Dir); err != nil {
		return None{}, err
	}
	if err := copyFiles(o.keys(), filepath.Join(a.Dir, "keys")); err != nil {
		return None{}, fmt.Errorf("back up the keys: %w", err)
	}
	if err := copyJournals(o.Dir, a.Dir); err != nil {
		return None{}, fmt.Errorf("back up the journals: %w", err)
	}
	return None{}, nil
}

// copyJournals copies the plate journal and the heads of the audit log, as far as
// they are there yet.
func copyJournals(from, to string) error {
	for _, name := range []string{journalName, headsName} {
		err := copySecret(filepath.Join(from, name), filepath.Join(to, name))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// copyFiles copies the files of a folder, those of skip excepted.
func copyFiles(from, to string, skip ...string) error {
	files, err := os.ReadDir(from)
	if err != nil {
		return err
	}
	for _, f := range files {
		if !f.Type().IsRegular() || slices.Contains(skip, f.Name()) {
			continue
		}
		if err := copySecret(filepath.Join(from, f.Name()), filepath.Join(to, f.Name())); err != nil {
			return err
		}
	}
	return nil
}

// copySecret copies a file that only its owner may read; it is on disk when it
// returns.
func copySecret(from, to string) error {
	data, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	return tlsid.CreateSecret(to, data)
}

// RestoreAsk names a backup and where its keys are.
type RestoreAsk struct{ Backup, Keys string }

// storeKeys are the keys that lie beside the data of a store.
var storeKeys = []string{central.KeyFile, central.MasterFile}

// restore makes a data folder from a backup. A folder that has something in it
// is fault.Conflict: what is there may be worth more than the backup. The
// folder gets its name once it is whole.
func restore(a RestoreAsk, dir string) error {
	if _, err := os.Stat(filepath.Join(a.Backup, central.DataFile)); err != nil {
		return fault.New(fault.NotFound, "server.restore.backup").With("folder", a.Backup).WithCause(err)
	}
	if _, err := os.Stat(filepath.Join(a.Keys, central.KeyFile)); err != nil {
		return fault.New(fault.NotFound, "server.restore.keys").With("folder", a.Keys).WithCause(err)
	}
	files, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("look into the data folder: %w", err)
	}
	if len(files) > 0 {
		return fault.New(fault.Conflict, "server.restore.taken").With("folder", dir)
	}
	part := filepath.Clean(dir) + ".part"
	if err := errors.Join(os.RemoveAll(part), unpack(a, part)); err != nil {
		return fmt.Errorf("restore: %w", err)
	}
	if err := os.Remove(dir); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("restore: %w", err)
	}
	return durable.Rename(part, dir)
}

// unpack puts the parts of a backup where a server has them.
func unpack(a RestoreAsk, dir string) error {
	home := filepath.Join(dir, "store")
	if err := copyFiles(a.Keys, filepath.Join(dir, "keys"), storeKeys...); err != nil {
		return err
	}
	for _, name := range storeKeys {
		err := copySecret(filepath.Join(a.Keys, name), filepath.Join(home, name))
		if err != nil && !errors.Is(err, fs.ErrNotExist) { // a key service holds the master key
			return err
		}
	}
	if err := durable.Copy(filepath.Join(a.Backup, central.DataFile), filepath.Join(home, central.DataFile)); err != nil {
		return err
	}
	if err := copyFiles(filepath.Join(a.Backup, central.AuditFolder), filepath.Join(home, central.AuditFolder)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := copyFiles(filepath.Join(a.Backup, central.BlobFolder), filepath.Join(home, central.BlobFolder)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return copyJournals(a.Backup, dir)
}

func (c *commands) backup() *cobra.Command {
	return &cobra.Command{
		Use: "backup FOLDER", Short: "Write a consistent copy of the store, its keys apart, to a new folder", Args: terminal.Exactly(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			to, err := filepath.Abs(args[0])
			if err != nil {
				return fmt.Errorf("backup folder: %w", err)
			}
			if _, err := asOperator(cmd.Context(), c, "backup", BackupAsk{Dir: to}, operator.backup); err != nil {
				return err
			}
			t := c.terminal()
			return t.Show(map[string]string{"folder": to}, func(w io.Writer) {
				fmt.Fprintln(w, t.T("server.backup.done", "folder", strings.TrimSpace(to)))
			})
		},
	}
}

func (c *commands) restore() *cobra.Command {
	var q RestoreAsk
	var to string
	cmd := &cobra.Command{
		Use: "restore FOLDER", Short: "Make a data folder from a backup", Args: terminal.Exactly(1),
		Long: "Make the data folder (--dir) from a backup, and check it. The folder must be new or empty.\n\n" +
			"The restored server begins a new epoch: devices send again what the backup does not have,\n" +
			"and receipt numbers given since the backup are not given again.",
		Example: "  syncserver restore /backup/2026-11-22\n  syncserver restore /backup/2026-11-22 --keys /mnt/safe/keys --dir /srv/yuexin",
		RunE: func(cmd *cobra.Command, args []string) error {
			q.Backup = args[0]
			if q.Keys == "" {
				q.Keys = filepath.Join(q.Backup, "keys")
			}
			if _, running := dialSocket(cmd.Context(), c.dir); running {
				return fault.New(fault.Conflict, "server.restore.taken").With("folder", c.dir)
			}
			if err := restore(q, c.dir); err != nil {
				return err
			}
			if to != "" {
				if err := moveTo(cmd.Context(), c.dir, to, c.teller()); err != nil {
					return err
				}
			}
			return verified(cmd.Context(), c, "restore", q, "server.restore.done")
		},
	}
	cmd.Flags().StringVar(&to, "store", "", "empty database to restore into: postgres://… (default: a file in the data folder)")
	cmd.Flags().StringVar(&q.Keys, "keys", "", "folder of the backup's keys (default: FOLDER/keys)")
	return cmd
}
