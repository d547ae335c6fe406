// SPDX-License-Identifier: Apache-2.0

package verbs

import (
	"bytes"
	"context"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/station"
	"yuexin/shared/sync/audit"
	"yuexin/shared/sync/blob"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/record/typed"
	"yuexin/shared/terminal"
)

// attachment reads a field of FormatBlob as put finds it: the path of a file, which is
// sealed and kept, or what export wrote, which changes nothing.
func (p *putter) attachment(def record.FieldDef, text string, now record.Value) (record.Value, error) {
	text = strings.TrimSpace(text)
	switch {
	case text == "":
		return record.Value{}, nil
	case text == typed.Format(def, now):
		return now, nil
	case strings.HasPrefix(text, typed.DigestMark):
		return record.Value{}, fault.New(fault.Invalid, "verbs.attach.same").WithField(string(def.Name))
	}
	plain, err := readFile(text, p.s.Book().Attachments.MaxBytes)
	if err != nil {
		return record.Value{}, err
	}
	a, err := p.s.Attach(plain)
	if err != nil {
		return record.Value{}, fault.From(err).WithField(string(def.Name))
	}
	return a.Value(), nil
}

// readFile reads a file, of one that is too large as much as shows that it is.
func readFile(name string, most int64) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, terminal.Unread(name, err)
	}
	defer f.Close() // it is only read
	data, err := io.ReadAll(io.LimitReader(f, most+1))
	if err != nil {
		return nil, terminal.Unread(name, err)
	}
	return data, nil
}

func (c *commands) attach() *cobra.Command {
	cmd := &cobra.Command{
		Use: "attach ID FIELD FILE", Short: "Attach a photo, signature or scan to a record", Args: terminal.Exactly(3),
		Example: "  agent attach rec_… photo door.jpg",
	}
	cmd.RunE = func(cmd *cobra.Command, a []string) error {
		return c.working(func(ctx context.Context, s *station.Station) error {
			row, def, err := blobField(ctx, s, a[0], a[1])
			if err != nil {
				return err
			}
			p := putter{s: s, kind: row.Header.Kind, store: s.Store()}
			act, err := p.act(ctx, entry{ID: a[0], Fields: map[string]string{string(def.Name): a[2]}})
			if err != nil {
				return err
			}
			v := []verdict{{Row: 1, ID: a[0], Unchanged: act == nil}}
			if act != nil {
				act.Name = "attachment.add"
				if err := p.apply(ctx, []*record.Act{act}, v); err != nil {
					return err
				}
			}
			return c.show(v[0], "verbs.attach.done")
		})(cmd, a)
	}
	return cmd
}

// blobField reads a record and one of its fields that hold attachments.
func blobField(ctx context.Context, s *station.Station, id, name string) (row record.Row, def record.FieldDef, err error) {
	rid, err := ident.Parse[ident.Record](id)
	if err != nil {
		return row, def, err
	}
	if row, err = s.Store().Get(ctx, rid); err != nil {
		return row, def, err
	}
	def, _ = s.Book().Catalogue.Field(row.Header.Kind, record.Field(name))
	if def.Format != record.FormatBlob {
		var names []string
		kind, _ := s.Book().Catalogue.Kind(row.Header.Kind)
		for _, f := range kind.Fields {
			if f.Format == record.FormatBlob {
				names = append(names, string(f.Name))
			}
		}
		return row, def, fault.New(fault.Invalid, "verbs.attach.field").With("field", name).With("fields", strings.Join(names, "、"))
	}
	return row, def, nil
}

// attached is how the attachments of a record stand.
type attached struct {
	All     int            `json:"all"`
	Arrived int            `json:"arrived"` // at the server, checked
	Items   []attachedItem `json:"items"`
}

type attachedItem struct {
	Field     string `json:"field"`
	Digest    string `json:"digest"`
	Size      uint64 `json:"size"` // sealed
	MediaType string `json:"mediaType"`
	Arrived   bool   `json:"arrived"`
	Here      bool   `json:"here"` // on this device
}

func (c *commands) attachments() *cobra.Command {
	cmd := &cobra.Command{
		Use: "attachments ID", Short: "Say which attachments of a record have arrived at the server", Args: terminal.Exactly(1),
	}
	cmd.RunE = func(cmd *cobra.Command, a []string) error {
		return c.reading(func(ctx context.Context, s *station.Station) error {
			id, err := ident.Parse[ident.Record](a[0])
			if err != nil {
				return err
			}
			row, err := s.Store().Get(ctx, id)
			if err != nil {
				return err
			}
			items, err := blob.Items(ctx, s.Store(), s.Book().Catalogue, row)
			if err != nil {
				return err
			}
			out := attached{All: len(items), Arrived: blob.Tally(items), Items: []attachedItem{}}
			for _, it := range items {
				out.Items = append(out.Items, attachedItem{
					string(it.Field), hex.EncodeToString(it.Digest[:]), it.Size, it.MediaType, it.Arrived, s.Replica.HasAttachment(it.Digest),
				})
			}
			t := c.terminal()
			return t.Show(out, func(w io.Writer) {
				if out.All == 0 {
					fmt.Fprintln(w, t.T("verbs.attach.none"))
					return
				}
				fmt.Fprintln(w, t.T("blob.count", "all", fmt.Sprint(out.All), "n", fmt.Sprint(out.Arrived)))
				rows := [][]string{}
				for _, it := range out.Items {
					state := "blob.state.away"
					if it.Arrived {
						state = "blob.state.here"
					} else if it.Here {
						state = "blob.state.waits"
					}
					rows = append(rows, []string{fieldLabel(t.Printer, string(row.Header.Kind), it.Field), it.MediaType, t.T(state)})
				}
				terminal.Table(w, rows)
			})
		})(cmd, a)
	}
	return cmd
}

func (c *commands) fetch() *cobra.Command {
	var out string
	cmd := &cobra.Command{
		Use: "fetch ID FIELD", Short: "Write an attachment to a file, downloading it if it is not on this device", Args: terminal.Exactly(2),
	}
	cmd.Flags().StringVar(&out, "out", "", "file to write, which must not be there yet")
	cmd.RunE = func(cmd *cobra.Command, a []string) error {
		if out == "" {
			return terminal.Missing("--out")
		}
		return c.working(func(ctx context.Context, s *station.Station) error {
			row, def, err := blobField(audit.Doing(ctx, "", s.Program+" fetch"), s, a[0], a[1])
			if err != nil {
				return err
			}
			named, err := record.ParseAttachment(row.Value(def.Name))
			if err != nil {
				return fault.New(fault.NotFound, "verbs.attach.empty").With("field", a[1])
			}
			plain, err := bring(audit.Doing(ctx, audit.Export, s.Program+" fetch"), s, record.NamedBlob{Header: row.Header, Field: def.Name, Attachment: named})
			if err != nil {
				return err
			}
			f, err := os.OpenFile(out, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
			if err != nil {
				return terminal.Unwritten(out, err)
			}
			if _, err = io.Copy(f, bytes.NewReader(plain)); err == nil {
				err = f.Close()
			}
			if err != nil {
				return terminal.Unwritten(out, err)
			}
			return c.show(map[string]any{"file": out, "bytes": len(plain)}, "verbs.attach.fetched", "file", out)
		})(cmd, a)
	}
	return cmd
}

// bring opens an attachment, from the server if it is not here.
func bring(ctx context.Context, s *station.Station, n record.NamedBlob) ([]byte, error) {
	open := s.Viewer()
	plain, err := open.File(ctx, n)
	if !fault.Is(err, fault.NotFound) {
		return plain, err
	}
	files, err := s.Transfer(nil)
	if err != nil {
		return nil, err
	}
	if err := files.Fetch(ctx, n.Header.Scope, n.Attachment, nil); err != nil {
		return nil, err
	}
	return open.File(ctx, n)
}
