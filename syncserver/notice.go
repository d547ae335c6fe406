// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"yuexin/shared/credit/notice"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
	"yuexin/shared/terminal"
	"yuexin/syncserver/desk"
)

type (
	// NoticeAsk publishes a notice in villages, by code or name; none: everywhere.
	NoticeAsk struct {
		Villages                                    []string
		Sort, Title, Text, Publisher, Until, Script string
	}
	// NoticeView is a notice as lists show it.
	NoticeView struct {
		ID        string `json:"id"`
		Title     string `json:"title"`
		Village   string `json:"village,omitempty"` // "" for everybody
		Publisher string `json:"publisher"`
		Until     string `json:"until"`
		Shown     bool   `json:"shown"`
	}
)

// addNotice publishes a notice: one record in each village, or one for everybody.
func (o operator) addNotice(ctx context.Context, a NoticeAsk) (out []NoticeView, err error) {
	scopes := []ident.Scope{ident.Ref}
	if len(a.Villages) > 0 {
		if scopes, err = o.scopes(ctx, a.Villages); err != nil {
			return nil, err
		}
		scopes = scopes[1:] // without ref, which leads
	}
	n := notice.Notice{Sort: a.Sort, Title: a.Title, Text: a.Text, Publisher: a.Publisher, Until: a.Until, Script: a.Script}
	for i, scope := range scopes {
		id, err := o.office().Publish(ctx, scope, n)
		if err != nil {
			return out, err
		}
		v := NoticeView{ID: id.String(), Title: n.Title, Publisher: n.Publisher, Until: n.Until, Shown: true}
		if len(a.Villages) > 0 {
			v.Village = a.Villages[i]
		}
		out = append(out, v)
	}
	return out, nil
}

func (o operator) listNotices(ctx context.Context, _ None) ([]NoticeView, error) {
	all, err := o.office().Notices(ctx)
	if err != nil {
		return nil, err
	}
	units, err := o.desk().List(ctx, record.Query{Kind: desk.KindUnit, Limit: 30_000})
	if err != nil {
		return nil, err
	}
	names := map[ident.Scope]string{}
	for _, u := range units {
		names[u.Header.Scope] = u.Text("name")
	}
	out := make([]NoticeView, len(all))
	for i, n := range all {
		out[i] = NoticeView{n.Header.ID.String(), n.Title, names[n.Header.Scope], n.Publisher, n.Until, n.Shown(o.Now())}
	}
	return out, nil
}

// endNotice takes a notice off every screen.
func (o operator) endNotice(ctx context.Context, id string) (None, error) {
	one, err := ident.Parse[ident.Record](id)
	if err != nil {
		return None{}, err
	}
	return None{}, o.office().EndNotice(ctx, one)
}

var noticeHead = []string{"ID", "TITLE", "VILLAGE", "PUBLISHER", "UNTIL", "SHOWN"}

func noticeRows(all []NoticeView) [][]string {
	rows := [][]string{noticeHead}
	for _, n := range all {
		rows = append(rows, []string{n.ID, n.Title, n.Village, n.Publisher, n.Until, fmt.Sprint(n.Shown)})
	}
	return rows
}

func (c *commands) notice() *cobra.Command {
	cmd := &cobra.Command{Use: "notice", Short: "What kiosks tell their villages, policies and news: add, list, end"}
	var q NoticeAsk
	var file string
	add := &cobra.Command{
		Use: "add TITLE", Short: "Publish a notice in villages, or everywhere; kiosks show it from their next sync to its last day", Args: terminal.Exactly(1),
		Example: "  syncserver notice add '春耕贷款贴息' --text '买种子化肥的贷款，政府贴一部分利息。' --publisher 富溪村村委会 --until 2027-03-31 --village 富溪村",
		RunE: func(cmd *cobra.Command, args []string) error {
			q.Title = args[0]
			if file != "" {
				text, err := os.ReadFile(file)
				if err != nil {
					return terminal.Unread(file, err)
				}
				q.Text = string(text)
			}
			made, err := asOperator(cmd.Context(), c, "notice.add", q, operator.addNotice)
			if err != nil {
				return err
			}
			return c.table(made, noticeRows(made))
		},
	}
	f := add.Flags()
	f.StringSliceVar(&q.Villages, "village", nil, "villages by statistical code or name (default: everywhere)")
	f.StringVar(&q.Sort, "sort", notice.News, "policy or news")
	f.StringVar(&q.Text, "text", "", "what is told")
	f.StringVar(&file, "file", "", "a file with what is told, in place of --text")
	f.StringVar(&q.Publisher, "publisher", "", "who says so")
	f.StringVar(&q.Until, "until", "", "the last day on which it is shown, 2027-03-31")
	f.StringVar(&q.Script, "script", "", "id of the clip that reads it out, if there is one")
	list := &cobra.Command{
		Use: "list", Short: "List the notices, those that are shown no more too", Args: terminal.Exactly(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			all, err := asOperator(cmd.Context(), c, "notices", None{}, operator.listNotices)
			if err != nil {
				return err
			}
			return c.table(all, noticeRows(all))
		},
	}
	end := &cobra.Command{
		Use: "end ID", Short: "Take a notice (rec_…) off every screen, at the next sync of each", Args: terminal.Exactly(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if _, err := asOperator(cmd.Context(), c, "notice.end", args[0], operator.endNotice); err != nil {
				return err
			}
			t := c.terminal()
			return t.Show(map[string]any{"id": args[0]}, func(w io.Writer) { fmt.Fprintln(w, t.T("server.notice.ended", "id", args[0])) })
		},
	}
	cmd.AddCommand(add, list, end)
	return cmd
}
