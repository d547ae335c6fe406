// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"io"
	"log/slog"
	"os"

	"github.com/spf13/cobra"

	"yuexin/shared/fault"
	"yuexin/shared/i18n"
	"yuexin/shared/terminal"
	"yuexin/syncserver/store"
)

// commands is the command line. Help is in English, the field's language;
// results and errors are in the language of the terminal.
type commands struct {
	texts  *i18n.Catalogue
	dir    string
	lang   string
	json   bool
	sample bool
	quiet  bool
}

func (c *commands) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "syncserver",
		Short: "Merge what kiosks and agents collect; serve residents, banks and government",
		Long: "syncserver merges what kiosks and agents collected offline into the central store,\n" +
			"serves the page that opens when a resident scans a doorplate, and the web console.\n\n" +
			"Commands work whether the server runs or not: while it runs they ask it over a socket\n" +
			"in the data folder.",
	}
	flags := root.PersistentFlags()
	flags.StringVar(&c.dir, "dir", "data", "data folder")
	flags.StringVar(&c.lang, "lang", "", "language of results: zh or en (default: that of the terminal)")
	flags.BoolVar(&c.json, "json", false, "results and errors as JSON")
	flags.BoolVar(&c.sample, "sample", false, "the data folder holds sample data, and every page says so")
	flags.BoolVar(&c.quiet, "quiet", false, "log errors only")
	root.AddCommand(
		c.serve(), c.village(), c.org(), c.post(), c.notice(), c.points(), c.reference(), c.wholeVillage(), c.scoreCommand(), c.credit(), c.title(), c.enrol(), c.device(), c.take(), c.recovery(), c.user(), c.samples(), c.plates(), c.ledger(), c.form(), c.publish(), c.rulesCommand(), c.verify(), c.audit(), c.backup(), c.restore(), c.migrate(), c.demo(),
	)
	terminal.Prepare(root)
	return root
}

func (c *commands) log() *slog.Logger {
	level := slog.LevelInfo
	if c.quiet {
		level = slog.LevelError
	}
	return newLog(os.Stderr, level)
}

func (c *commands) serve() *cobra.Command {
	var cfg ServeConfig
	var database string
	cmd := &cobra.Command{
		Use: "serve", Short: "Run the server", Args: terminal.Exactly(0),
		Example: "  syncserver serve --listen :8443 --public-url https://d.example.gov.cn",
		RunE: func(cmd *cobra.Command, _ []string) error {
			open := production(c.dir, c.sample, c.log())
			open.Database = database
			app, err := Open(cmd.Context(), open)
			if err != nil {
				return err
			}
			s, err := listen(cmd.Context(), app, cfg)
			if err != nil {
				_ = app.Close() // the error that matters is the first
				return err
			}
			err = s.run(cmd.Context())
			if e := app.Close(); err == nil {
				err = e
			}
			return err
		},
	}
	f := cmd.Flags()
	f.StringVar(&cfg.Listen, "listen", "127.0.0.1:8443", "address to listen on; TLS except on loopback")
	f.StringVar(&database, "store", "", "at the first start, where the rows of the store shall be: sqlite:, sqlite:/path/of/file or postgres://user@host/name")
	f.StringVar(&cfg.PublicURL, "public-url", "", "address that plates and tickets carry: https and a host name of your own (default: that of the last time)")
	f.BoolVar(&cfg.Force, "force", false, "set another --public-url than before: plates that hang keep the old address, which must go on leading here")
	f.StringSliceVar(&cfg.Names, "name", nil, "host names and addresses of the own certificate")
	f.StringVar(&cfg.CertFile, "cert", "", "certificate file (PEM) instead of the own certificate")
	f.StringVar(&cfg.KeyFile, "key", "", "key file (PEM) of --cert")
	f.StringVar(&cfg.Contact.Name, "contact", "", "whom residents can ask (default: their village committee)")
	f.StringVar(&cfg.Contact.Phone, "contact-phone", "", "their telephone number")
	f.StringVar(&cfg.Contact.Hours, "contact-hours", "", "when they answer")
	f.StringVar(&cfg.Proof.Gateway, "sms-gateway", "", "file that says how text messages are sent (JSON): residents prove by a code that a phone is theirs")
	f.BoolVar(&cfg.Proof.Console, "sms-console", false, "write text messages to standard output instead; sample data only")
	f.StringVar(&cfg.Proof.Provider, "oidc", "", "file that names an OpenID Connect provider (JSON) at which residents prove who they are")
	f.StringSliceVar(&cfg.TrustedProxies, "trusted-proxy", nil, "networks of reverse proxies, 10.0.0.0/8 or 127.0.0.1, whose X-Forwarded-For names the sender")
	f.StringVar(&cfg.MetricsListen, "metrics-listen", "", "serve /metrics at this address only; behind a proxy they are nowhere else")
	f.StringVar(&cfg.Profile, "pprof", "", "serve profiles for go tool pprof at this address of this machine: 127.0.0.1:6060")
	f.BoolVar(&cfg.LAN, "lan", false, "plain HTTP on the LAN for residents' pages of sample data")
	return cmd
}

func (c *commands) enrol() *cobra.Command {
	var q EnrolAsk
	var out string
	cmd := &cobra.Command{
		Use: "enrol", Short: "Make a one-time code for a kiosk or an agent's laptop", Args: terminal.Exactly(0),
		Example: "  syncserver enrol --program agent --name 'Laptop 3' --person 陈某 --role officer --village 441284105205 --out laptop3.enrol",
		RunE: func(cmd *cobra.Command, _ []string) error {
			a, err := asOperator(cmd.Context(), c, "enrol", q, operator.enrol)
			if err != nil {
				return err
			}
			if out != "" {
				if err := os.WriteFile(out, []byte(a.File), 0o600); err != nil {
					return terminal.Unwritten(out, err)
				}
			}
			t := c.terminal()
			return t.Show(a, func(w io.Writer) {
				fmt.Fprintln(w, t.T("server.enrol.code", "code", a.Code, "server", a.Server))
				if a.Words != "" {
					fmt.Fprintln(w, t.T("server.enrol.words", "words", a.Words))
				}
				fmt.Fprintln(w, t.T("server.enrol.expires", "time", t.DateTime(a.Expires.Local())))
				if out != "" {
					fmt.Fprintln(w, t.T("server.enrol.file", "file", out))
				}
			})
		},
	}
	f := cmd.Flags()
	f.StringVar(&q.Program, "program", "agent", "kiosk or agent")
	f.StringVar(&q.Name, "name", "", "name of the new device")
	f.StringVar(&q.Device, "device", "", "id of an existing device that gets one more person")
	f.StringVar(&q.Person, "person", "", "name of the person as others read it")
	f.StringVar(&q.Actor, "actor", "", "id of a person who is known already")
	f.StringVar(&q.Role, "role", "officer", "officer, cadre or kiosk")
	f.StringSliceVar(&q.Villages, "village", nil, "villages by statistical code or name; may be repeated")
	f.StringVar(&out, "out", "", "also write the code as an .enrol file")
	return cmd
}

func (c *commands) user() *cobra.Command {
	cmd := &cobra.Command{Use: "user", Short: "Console users: add, list, give a new password"}
	var q UserAsk
	add := &cobra.Command{
		Use: "add NAME", Short: "Add a console user; the password is asked for", Args: terminal.Exactly(1),
		Example: "  syncserver user add li --role reviewer --org 四会农商银行 --display 李某\n  syncserver user add wu --role admin --display 吴某",
		RunE:    func(cmd *cobra.Command, args []string) error { return c.setUser(cmd, q, args[0]) },
	}
	add.Flags().StringVar(&q.Display, "display", "", "name as others read it")
	add.Flags().StringVar(&q.Role, "role", "reviewer", "reviewer (of one bank), analyst, admin, officer or cadre")
	add.Flags().StringVar(&q.Org, "org", "", "whom the user works for, by name or id (syncserver org list); a reviewer needs one")
	add.Flags().StringSliceVar(&q.Villages, "village", nil, "villages the user may see (default: all)")
	reset := &cobra.Command{
		Use: "password NAME", Short: "Give a user a new password; it is asked for", Args: terminal.Exactly(1),
		RunE: func(cmd *cobra.Command, args []string) error { return c.setUser(cmd, UserAsk{Reset: true}, args[0]) },
	}
	list := &cobra.Command{
		Use: "list", Short: "List the console users", Args: terminal.Exactly(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			all, err := asOperator(cmd.Context(), c, "users", None{}, operator.users)
			if err != nil {
				return err
			}
			t := c.terminal()
			return t.Show(all, func(w io.Writer) {
				rows := [][]string{{"NAME", "DISPLAY", "ROLE"}}
				for _, u := range all {
					rows = append(rows, []string{u.Name, u.Display, u.Role})
				}
				terminal.Table(w, rows)
			})
		},
	}
	cmd.AddCommand(add, reset, list)
	return cmd
}

func (c *commands) setUser(cmd *cobra.Command, q UserAsk, name string) error {
	t := c.terminal()
	password, err := t.AskSecret(t.T("server.user.password", "name", name), passwordVariable)
	if err != nil {
		return err
	}
	q.Name, q.Password = name, password
	if q.Display == "" {
		q.Display = name
	}
	if _, err := asOperator(cmd.Context(), c, "user", q, operator.addUser); err != nil {
		return err
	}
	return t.Show(map[string]string{"name": name}, func(w io.Writer) {
		fmt.Fprintln(w, t.T("server.user.done", "name", name))
	})
}

// passwordVariable holds a password for scripts, which have no terminal.
const passwordVariable = "YUEXIN_PASSWORD"

func (c *commands) verify() *cobra.Command {
	return &cobra.Command{
		Use: "verify", Short: "Check every invariant of the store and name what is wrong", Args: terminal.Exactly(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			breaches, err := asOperator(cmd.Context(), c, "verify", None{}, operator.verify)
			if err != nil {
				return err
			}
			return c.showBreaches(breaches, "server.verify.good")
		},
	}
}

// showBreaches prints what is wrong, or that nothing is; the error says that
// something is.
func (c *commands) showBreaches(breaches []store.Breach, good string) error {
	t := c.terminal()
	if len(breaches) == 0 {
		breaches = []store.Breach{}
	}
	err := t.Show(breaches, func(w io.Writer) {
		for _, b := range breaches {
			fmt.Fprintf(w, "%s: %s: %s\n", b.Rule, b.Where, b.What)
		}
		if len(breaches) == 0 {
			fmt.Fprintln(w, t.T(good))
		}
	})
	if err == nil && len(breaches) > 0 {
		err = fault.New(fault.Corrupt, "server.verify.bad").With("n", fmt.Sprint(len(breaches)))
	}
	return err
}
