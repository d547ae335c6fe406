// SPDX-License-Identifier: Apache-2.0

package flow

import (
	"context"
	"time"

	"yuexin/shared/fault"
	"yuexin/shared/i18n"
)

// Reading is how sync stands at a moment.
type Reading struct {
	Waiting     int       // acts without a receipt
	Oldest      time.Time // when the oldest of them was made; zero if none
	Refused     int
	Broken      int // acts that cannot be read any more, and were never sent
	Dismissed   int // of these, and of what was refused: put aside by a person
	Quarantined int

	Paused  bool // by whoever works here
	Online  bool
	Settled bool // nothing waits in either direction
	Sending bool
	Pulling bool
	Got     int64        // bytes of a first download that are here
	Total   int64        // of so many; 0 when none is under way
	Fault   *fault.Error // why the last attempt ended; nil while online
	Since   time.Time    // of the last time that all was settled since the start; zero: not yet
	Held    bool         // villages are here already, from this or an earlier day
	Next    time.Time    // of the next attempt while offline

	Files FilesReading
}

// FilesReading is how the attachments that wait stand.
type FilesReading struct {
	Waiting   int // files that the server does not have yet
	Sending   bool
	Done, All int // of those being sent now
	Paused    bool
	Fault     *fault.Error // why the last round of them ended; nil if well
}

// line says it in a sentence, "" if nothing waits.
func (f FilesReading) line(p *i18n.Printer) string {
	switch {
	case f.Waiting == 0:
		return ""
	case f.Paused:
		return p.T("blob.paused", "n", n(f.Waiting))
	case f.Sending:
		return p.T("blob.sending", "done", n(f.Done), "all", n(f.All))
	}
	return p.T("blob.waiting", "n", n(f.Waiting))
}

// Sync is the sync of a laptop: it tells how it stands, and when that changes.
type Sync interface {
	// Reading reads how sync stands, and returns a channel that is closed when the connection's part of it changes.
	Reading(ctx context.Context) (Reading, <-chan struct{}, error)
	// Unsent returns the files that the server does not have yet, with their sizes.
	Unsent(ctx context.Context) ([]Unsent, error)
	// Kick asks for an attempt now.
	Kick()
	// PauseFiles stops the upload of attachments, or lets it go on. Records go on.
	PauseFiles(pause bool)
	// Pause cuts the link to the server, or takes it up again.
	Pause(pause bool)
	// Sent returns what was done here with the server's receipts, at most SentShown: the newest first, or with waiting what
	// the server has not accepted, the oldest first.
	Sent(ctx context.Context, waiting bool) ([]Sent, error)
}

// Tone says how a state is meant.
type Tone int

// The tones.
const (
	Calm   Tone = iota // well, or on its way
	Quiet              // away, not begun
	Notice             // needs a look
	Wrong
)

// SyncState is sync in words.
type SyncState struct {
	Line   string   // one line, always visible: "3 条待上传，最早 2 小时前"
	Detail []string // the rest, sentence by sentence
	Tone   Tone
}

// State puts a reading into words.
func (r Reading) State(p *i18n.Printer, now time.Time) SyncState {
	s := SyncState{Line: r.line(p, now), Tone: r.tone()}
	add := func(text string) { s.Detail = append(s.Detail, text) }
	switch {
	case r.Online && r.Settled:
		add(p.T("agent.sync.online"))
	case r.Paused:
		add(p.T("agent.sync.paused.why"))
	case !r.Online && r.Fault != nil:
		message, hint := p.Explain(r.Fault)
		add(message)
		add(hint)
	}
	switch {
	case !r.Since.IsZero():
		add(p.T("sync.last", "ago", p.Ago(r.Since, now)))
	case !r.Held:
		add(p.T("sync.never"))
	}
	if r.Total > 0 && r.Waiting > 0 {
		add(p.First(r.Got, r.Total))
	}
	if r.Total > 0 && !r.Online {
		add(p.T("sync.first.rest"))
	}
	if r.Refused > 0 {
		add(p.T("sync.refused", "n", n(r.Refused)))
	}
	if r.Broken > 0 {
		add(p.T("sync.broken", "n", n(r.Broken)))
	}
	if r.Dismissed > 0 {
		add(p.T("sync.dismissed", "n", n(r.Dismissed)))
	}
	if r.Quarantined > 0 {
		add(p.T("agent.sync.kept", "n", n(r.Quarantined)))
	}
	if line := r.Files.line(p); line != "" {
		add(line)
	}
	if f := r.Files.Fault; f != nil && r.Online {
		message, hint := p.Explain(f)
		add(message)
		add(hint)
	}
	if wait := r.Next.Sub(now); !r.Online && wait > time.Second && !r.Paused {
		add(p.T("agent.sync.next", "span", p.Duration(wait)))
	}
	return s
}

func (r Reading) line(p *i18n.Printer, now time.Time) string {
	switch {
	case r.Paused:
		return p.T("agent.sync.paused", "n", n(r.Waiting))
	case r.Sending && r.Waiting > 0:
		return p.T("sync.sending", "n", n(r.Waiting))
	case r.Waiting > 0:
		return p.Waiting(r.Waiting, r.Oldest, now)
	case r.Total > 0:
		return p.First(r.Got, r.Total)
	case r.Pulling:
		return p.T("sync.receiving")
	case r.Online && r.Settled:
		return p.T("sync.done")
	case r.Online:
		return p.T("sync.connecting")
	case r.Since.IsZero() && !r.Held:
		return p.T("sync.never")
	}
	return p.T("agent.sync.offline")
}

func (r Reading) tone() Tone {
	switch {
	case r.Paused:
		return Notice
	case r.Refused > 0 || r.Broken > 0 || r.Quarantined > 0:
		return Notice
	case r.Fault != nil && r.Fault.Kind != fault.Unavailable && r.Fault.Kind != fault.Canceled:
		return Wrong
	case r.Waiting > 0 && !r.Online:
		return Notice
	case !r.Online:
		return Quiet
	}
	return Calm
}
