// SPDX-License-Identifier: Apache-2.0

package verbs

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"yuexin/shared/fault"
	"yuexin/shared/station"
	"yuexin/shared/sync/client"
	"yuexin/shared/sync/enrol"
	"yuexin/shared/sync/replica"
	"yuexin/shared/sync/transfer"
	"yuexin/shared/terminal"
)

// enrolled is what enrol and status say of the device.
type enrolled struct {
	Device string `json:"device"`
	Name   string `json:"name"`
	Person string `json:"person"`
	Role   string `json:"role"`
	Server string `json:"server"`
}

func enrolledOf(s *station.Station) enrolled {
	e := s.Enrolment
	server := ""
	if len(e.Servers) > 0 {
		server = e.Servers[0]
	}
	return enrolled{e.Device.String(), e.Name, s.Person(), string(s.Session().Role), server}
}

// ticketExt ends the name of a ticket's file, as administrators get it.
const ticketExt = ".enrol"

func (c *commands) enrol() *cobra.Command {
	var ticket, server, code string
	var sure, add bool
	cmd := &cobra.Command{
		Use: "enrol", Short: "Make this folder a device, with the code an administrator gave", Args: terminal.Exactly(0),
		Example: "  agent enrol --ticket laptop3.enrol\n  agent enrol --server 10.0.0.5:8443 --code 7K2M-9QXD",
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := c.open(cmd.Context())
			if err != nil {
				return err
			}
			defer c.close(s)
			if add {
				if err := c.unlockToAdd(cmd.Context(), s); err != nil {
					return err
				}
			}
			t, err := c.ticket(cmd.Context(), ticket, server, code, sure)
			if err != nil {
				return err
			}
			if add {
				return c.addUser(cmd.Context(), s, t)
			}
			passphrase := ""
			if c.program.Name == "agent" {
				term := c.terminal()
				if passphrase, err = term.AskSecret(term.T("verbs.passphrase.new"), PassphraseVariable); err != nil {
					return err
				}
			}
			if err := s.Enrol(cmd.Context(), t, passphrase); err != nil {
				return err
			}
			return c.show(enrolledOf(s), "verbs.enrolled", "name", s.Enrolment.Name, "person", s.Enrolment.Login.Display)
		},
	}
	cmd.Flags().StringVar(&ticket, "ticket", "", "an .enrol file, or the text of the QR code")
	cmd.Flags().StringVar(&server, "server", "", "the server's address, with --code")
	cmd.Flags().StringVar(&code, "code", "", "the short code, with --server")
	cmd.Flags().BoolVar(&sure, "yes", false, "the four words were compared already")
	what := "with a code for this laptop: let one more person work on it; somebody who does already unlocks it"
	if c.program.Name == "kiosk" {
		what = "with a code for this kiosk and a cadre: let them into its staff part; a cadre who is in already unlocks it"
	}
	cmd.Flags().BoolVar(&add, "add", false, what)
	return cmd
}

// unlockToAdd unlocks the device for somebody who lets one more person in. The first of a
// kiosk's staff needs nobody: the code, which is for this device only, speaks for them.
func (c *commands) unlockToAdd(ctx context.Context, s *station.Station) error {
	if c.program.Name != "kiosk" {
		return c.unlock(ctx, s)
	}
	if err := s.Enrolled(); err != nil {
		return err
	}
	return c.unlockStaff(ctx, s)
}

// unlockStaff opens a kiosk's part for its staff with the passphrase of one of them; it does nothing where there is no staff.
func (c *commands) unlockStaff(ctx context.Context, s *station.Station) error {
	if has, err := s.HasStaff(ctx); err != nil || !has {
		return err
	}
	term := c.terminal()
	passphrase, err := term.AskSecret(term.T("verbs.passphrase"), PassphraseVariable)
	if err == nil {
		_, err = s.OpenStaff(ctx, passphrase)
	}
	return err
}

// addUser lets one more person work on the device, with a passphrase of their own.
func (c *commands) addUser(ctx context.Context, s *station.Station, t enrol.Ticket) error {
	term := c.terminal()
	passphrase, err := term.AskSecret(term.T("verbs.passphrase.added"), AddedVariable)
	if err != nil {
		return err
	}
	login, err := s.AddUser(ctx, t, passphrase)
	if err != nil {
		return err
	}
	e := enrolledOf(s)
	e.Person, e.Role = login.Display, string(login.Role)
	return c.show(e, "verbs.enrolled", "name", s.Enrolment.Name, "person", login.Display)
}

// ticket reads the ticket from a file, a QR code's text, or looks at the
// server itself and lets the person compare four words.
func (c *commands) ticket(ctx context.Context, text, server, code string, sure bool) (enrol.Ticket, error) {
	if text != "" {
		data, err := os.ReadFile(text)
		if err == nil {
			text = string(data)
		} else if filepath.Ext(text) == ticketExt {
			return enrol.Ticket{}, terminal.Unread(text, err)
		}
		return enrol.ParseTicket(text)
	}
	if server == "" || code == "" {
		return enrol.Ticket{}, fault.New(fault.Invalid, "verbs.enrol.what")
	}
	short, err := enrol.ParseCode(code)
	if err != nil {
		return enrol.Ticket{}, err
	}
	sighting, err := enrol.Look(ctx, server, short)
	if err != nil {
		return enrol.Ticket{}, err
	}
	if words, ok := sighting.Words(); ok && !sure {
		if err := c.compare(words.String()); err != nil {
			return enrol.Ticket{}, err
		}
	}
	return sighting.Ticket(time.Now()), nil
}

func (c *commands) compare(words string) error {
	t := c.terminal()
	fmt.Fprintln(t.Err, t.T("verbs.enrol.words", "words", words))
	line, err := bufio.NewReader(os.Stdin).ReadString('\n')
	if err != nil && line == "" {
		return fault.New(fault.Invalid, "verbs.enrol.unsure")
	}
	switch strings.ToLower(strings.TrimSpace(line)) {
	case "y", "yes", "是", "一致", "对":
		return nil
	}
	return fault.New(fault.NotAllowed, "verbs.enrol.differ")
}

func (c *commands) sync() *cobra.Command {
	var once bool
	var wait time.Duration
	cmd := &cobra.Command{
		Use: "sync", Short: "Send what waits and take what is new; --once ends when both are done", Args: terminal.Exactly(0),
		RunE: c.working(func(ctx context.Context, s *station.Station) error {
			client, err := s.Client()
			if err != nil {
				return err
			}
			files, err := s.Transfer(client)
			if err != nil {
				return err
			}
			if !once {
				var beside sync.WaitGroup
				beside.Go(func() { files.Run(ctx) })
				client.Run(ctx)
				beside.Wait()
				return nil
			}
			ctx, cancel := context.WithTimeout(ctx, wait)
			defer cancel()
			if err := syncOnce(ctx, s, client, files); err != nil {
				return err
			}
			c.takeRules(ctx, s)
			return c.printStatus(ctx, s)
		}),
	}
	cmd.Flags().BoolVar(&once, "once", false, "end when everything has settled")
	cmd.Flags().DurationVar(&wait, "wait", 2*time.Minute, "longest time that --once takes")
	return cmd
}

// syncOnce sends and takes records, then uploads attachments, and takes the word of
// their arrival.
func syncOnce(ctx context.Context, s *station.Station, records *client.Client, files *transfer.Client) error {
	if err := records.Once(ctx); err != nil {
		return err
	}
	before, err := s.Replica.Status(ctx)
	if err != nil {
		return err
	}
	if err := files.Once(ctx); err != nil {
		return err
	}
	after, err := s.Replica.Status(ctx)
	if err != nil || after.Attachments == before.Attachments {
		return err
	}
	return records.Once(ctx)
}

// standing is how a device stands.
type standing struct {
	enrolled
	Waiting     int        `json:"waiting"`
	Oldest      *time.Time `json:"oldest,omitempty"`
	Refused     int        `json:"refused"`
	Broken      int        `json:"broken"`              // cannot be read any more, and was never sent
	Dismissed   int        `json:"dismissed,omitempty"` // of these, and of what was carried and refused: put aside by a person
	Quarantined int        `json:"quarantined"`
	Stranded    int        `json:"stranded"` // of a closed lane; carry writes them to a file
	First       *first     `json:"first,omitempty"`
	Attachments int        `json:"attachments"` // files that wait to be uploaded
	Scopes      []held     `json:"scopes"`
}

// first is how much of a first download is here, in bytes.
type first struct {
	Got   int64 `json:"got"`
	Total int64 `json:"total"`
}

// held is how far a scope is held.
type held struct {
	Scope   string `json:"scope"`
	View    string `json:"view"`
	Version string `json:"version"`
}

func standingOf(s *station.Station, st replica.Status) standing {
	out := standing{
		enrolled: enrolledOf(s), Waiting: st.Waiting, Refused: st.Refused, Broken: st.Broken, Dismissed: st.Dismissed, Quarantined: st.Quarantined, Stranded: st.Stranded, Attachments: st.Attachments, Scopes: []held{},
	}
	if !st.Oldest.IsZero() {
		out.Oldest = &st.Oldest
	}
	if st.Total > 0 {
		out.First = &first{Got: st.Got, Total: st.Total}
	}
	for _, cur := range s.Replica.Cursors() {
		out.Scopes = append(out.Scopes, held{string(cur.Scope), cur.View, cur.Version.String()})
	}
	return out
}

func (c *commands) status() *cobra.Command {
	var verify bool
	cmd := &cobra.Command{
		Use: "status", Short: "How this device stands: what waits, since when, what was refused; --verify compares all rows with the server's digests",
		Args: terminal.Exactly(0),
		RunE: func(cmd *cobra.Command, args []string) error {
			if verify {
				return c.working(c.verify)(cmd, args)
			}
			return c.reading(c.printStatus)(cmd, args)
		},
	}
	cmd.Flags().BoolVar(&verify, "verify", false, "read all rows and compare them with what the server said; mend what differs if there is a link")
	return cmd
}

// mismatch is a scope or record that is not what the server sent.
type mismatch struct {
	Scope  string `json:"scope"`
	Record string `json:"record,omitempty"`
	What   string `json:"what"` // damaged, differs, mended, unreadable
}

func mismatchesOf(list []replica.Mismatch) []mismatch {
	out := []mismatch{}
	for _, m := range list {
		one := mismatch{Scope: string(m.Scope), What: m.What}
		if !m.Record.IsZero() {
			one.Record = m.Record.String()
		}
		out = append(out, one)
	}
	return out
}

// verify compares what the device holds with what the server said of it. What
// differs is mended with the server; without a link it stays named, and the next
// session mends it.
func (c *commands) verify(ctx context.Context, s *station.Station) error {
	found, err := s.Replica.VerifyRows(ctx)
	if err != nil {
		return err
	}
	if len(found) > 0 {
		client, err := s.Client()
		if err != nil {
			return err
		}
		ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
		defer cancel()
		_ = client.Once(ctx) // without a link nothing is mended now, and what differs is said all the same
		found = append(found, s.Replica.Mended()...)
	}
	t := c.terminal()
	err = t.Show(mismatchesOf(found), func(w io.Writer) {
		for _, m := range mismatchesOf(found) {
			fmt.Fprintln(w, t.T("verbs.verify."+m.What, "scope", m.Scope, "record", m.Record))
		}
		if len(found) == 0 {
			fmt.Fprintln(w, t.T("verbs.verify.good"))
		}
	})
	if err == nil && len(found) > 0 {
		err = fault.New(fault.Corrupt, "verbs.verify.bad")
	}
	return err
}

func (c *commands) printStatus(ctx context.Context, s *station.Station) error {
	st, err := s.Replica.Status(ctx)
	if err != nil {
		return err
	}
	t := c.terminal()
	return t.Show(standingOf(s, st), func(w io.Writer) {
		fmt.Fprintln(w, Waiting(t.Printer, st, time.Now()))
		if st.Total > 0 {
			fmt.Fprintln(w, t.First(st.Got, st.Total))
		}
		if st.Refused > 0 {
			fmt.Fprintln(w, t.T("verbs.status.refused", "n", fmt.Sprint(st.Refused)))
		}
		if st.Broken > 0 {
			fmt.Fprintln(w, t.T("sync.broken", "n", fmt.Sprint(st.Broken)))
		}
		if st.Dismissed > 0 {
			fmt.Fprintln(w, t.T("sync.dismissed", "n", fmt.Sprint(st.Dismissed)))
		}
		if st.Quarantined > 0 {
			fmt.Fprintln(w, t.T("verbs.status.quarantined", "n", fmt.Sprint(st.Quarantined)))
		}
		if st.Stranded > 0 {
			fmt.Fprintln(w, t.T("verbs.status.stranded", "n", fmt.Sprint(st.Stranded)))
		}
		if st.Attachments > 0 {
			fmt.Fprintln(w, t.T("verbs.status.attachments", "n", fmt.Sprint(st.Attachments)))
		}
		rows := [][]string{}
		for _, h := range standingOf(s, st).Scopes {
			rows = append(rows, []string{h.Scope, h.View, h.Version})
		}
		terminal.Table(w, rows)
	})
}

func (c *commands) tray() *cobra.Command {
	cmd := &cobra.Command{
		Use: "tray", Short: "What the server refused, with the reason of each group, and what cannot be read any more", Args: terminal.Exactly(0),
		RunE: c.reading(func(ctx context.Context, s *station.Station) error {
			groups, err := s.Replica.Tray(ctx)
			if err != nil {
				return err
			}
			t := c.terminal()
			broken, err := s.Replica.Broken(ctx)
			if err != nil {
				return err
			}
			list := append(refusalsOf(groups, t.Printer), remainsOf(broken, t.Printer)...)
			return t.Show(list, func(w io.Writer) {
				for _, r := range list {
					fmt.Fprintf(w, "%d\t%s\n\t%s\n", r.Number, r.Reason, r.Hint)
				}
				if len(list) == 0 {
					fmt.Fprintln(w, t.T("verbs.tray.empty"))
				}
			})
		}),
	}
	cmd.AddCommand(c.dismiss())
	return cmd
}
