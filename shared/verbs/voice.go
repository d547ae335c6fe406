// SPDX-License-Identifier: Apache-2.0

package verbs

import (
	"bytes"
	"fmt"
	"io"
	"slices"

	"github.com/spf13/cobra"

	"yuexin/assets"
	"yuexin/shared/credit/rulebook"
	"yuexin/shared/durable"
	"yuexin/shared/fault"
	"yuexin/shared/i18n"
	"yuexin/shared/sync/record"
	"yuexin/shared/terminal"
	"yuexin/shared/voice"
)

// voice lists what of the kiosk's scripts nobody has recorded yet. It needs no data folder: scripts and clips are the
// program's own.
func (c *commands) voice() *cobra.Command {
	var tongue, sheet string
	cmd := &cobra.Command{
		Use: "voice", Short: "List what is still to be recorded of what the kiosk says", Args: terminal.Exactly(0),
		Long: "voice lists the clips that are missing in assets/voice: what is not recorded, espeak-ng reads if it is installed.\n" +
			"With --sheet it writes what to read aloud in one tongue: CSV with id, file and text.",
		Example: "  kiosk voice\n  kiosk voice --tongue yue --sheet cantonese.csv",
		RunE: func(*cobra.Command, []string) error {
			tongues := i18n.Tongues()
			if tongue != "" {
				tongues = []i18n.Tongue{i18n.Tongue(tongue)}
			}
			if !slices.Contains(i18n.Tongues(), tongues[0]) {
				return fault.New(fault.Invalid, "verbs.voice.tongue").With("tongue", tongue).WithField("tongue")
			}
			book, err := scripts(c.texts, record.Role(c.program.Name))
			if err != nil {
				return err
			}
			if sheet != "" {
				return c.recordingSheet(book, tongue, sheet)
			}
			return c.showMissing(book, tongues)
		},
	}
	cmd.Flags().StringVar(&tongue, "tongue", "", "zh-Hans (Mandarin), yue (Cantonese) or en (default: all)")
	cmd.Flags().StringVar(&sheet, "sheet", "", "file to write the recording sheet to; it must not be there yet")
	return cmd
}

// scripts returns everything that a role says by the program's own rules.
func scripts(texts *i18n.Catalogue, role record.Role) (*voice.Book, error) {
	book, err := voice.Load(assets.Folder("voice"))
	if err != nil {
		return nil, err
	}
	rules, err := rulebook.Load(assets.Folder("policies"), assets.Folder("forms"), assets.Folder("scorecards"))
	if err != nil {
		return nil, err
	}
	return voice.OfRules(book, rules, role, texts), nil
}

// clip is a piece of a tongue as JSON.
type clip struct {
	ID   string `json:"id"`
	File string `json:"file"`
	Text string `json:"text"`
}

// missing is what is not recorded in a tongue.
type missing struct {
	Tongue  i18n.Tongue `json:"tongue"`
	Clips   int         `json:"clips"` // in all
	Missing []clip      `json:"missing"`
}

func (c *commands) showMissing(book *voice.Book, tongues []i18n.Tongue) error {
	var out []missing
	for _, t := range tongues {
		m := missing{Tongue: t, Clips: len(book.Clips(t)), Missing: []clip{}}
		for _, p := range book.Missing(t, assets.Folder("voice")) {
			m.Missing = append(m.Missing, clip{p.Clip, p.Path(t), p.Text})
		}
		out = append(out, m)
	}
	t := c.terminal()
	return t.Show(out, func(w io.Writer) {
		for _, m := range out {
			fmt.Fprintln(w, t.T("verbs.voice.missing", "tongue", string(m.Tongue), "of", fmt.Sprint(m.Clips), "n", fmt.Sprint(len(m.Missing))))
			for _, clip := range m.Missing {
				fmt.Fprintf(w, "  %s\t%s\n", clip.File, clip.Text)
			}
		}
	})
}

func (c *commands) recordingSheet(book *voice.Book, tongue, file string) error {
	if tongue == "" {
		return fault.New(fault.Invalid, "verbs.voice.one").WithField("tongue")
	}
	t := i18n.Tongue(tongue)
	pieces := book.Missing(t, assets.Folder("voice"))
	var out bytes.Buffer
	if err := voice.WriteSheet(&out, t, pieces); err != nil {
		return err
	}
	if err := durable.Export(file, out.Bytes()); err != nil {
		return terminal.Unwritten(file, err)
	}
	return c.show(map[string]any{"file": file, "clips": len(pieces)}, "verbs.voice.sheet", "file", file, "n", fmt.Sprint(len(pieces)))
}
