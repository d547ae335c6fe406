// SPDX-License-Identifier: Apache-2.0

package demo

import (
	"context"
	"time"

	"yuexin/shared/fault"
)

// windowWait is how long a program is watched that was to open its window: one
// that finds no display or driver ends within a part of this.
const windowWait = 2 * time.Second

// openWindows opens the windows of agent and kiosk where there is a display,
// and says why one did not open: nobody looks for that in a log.
func (d *Demo) openWindows(ctx context.Context) {
	if d.cfg.Getenv("DISPLAY") == "" {
		d.say("demo.nodisplay")
		return
	}
	var opened []*process
	for _, name := range []string{"agent", "kiosk"} {
		if !exists(d.program(name)) {
			continue
		}
		p, err := start(d.program(name), d.folder(name+".log"), "--dir", d.folder(name))
		if err != nil {
			d.explain(err)
			continue
		}
		opened = append(opened, p)
	}
	d.others = append(d.others, opened...)
	wait, stop := context.WithTimeout(ctx, windowWait)
	defer stop()
	stays := false
	for _, p := range opened {
		if err := p.stays(wait); err != nil {
			d.explain(err)
		} else {
			stays = true
		}
	}
	if stays {
		d.say("demo.windows", "password", Passphrase)
	}
}

// stays returns nil if the program still runs at the end of wait, or was
// closed by hand before.
func (p *process) stays(wait context.Context) error {
	select {
	case <-wait.Done():
		return nil
	case <-p.done:
	}
	if p.err == nil {
		return nil
	}
	return fault.New(fault.Unavailable, "demo.window").With("program", p.name()).With("reason", p.said()).With("log", p.log)
}
