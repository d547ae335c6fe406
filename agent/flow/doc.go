// SPDX-License-Identifier: Apache-2.0

// Package flow is what the agent's windows show and do, without windows: one view-model per screen, over a record.Store
// and the rules. Its methods do I/O through the store and may take a moment; a screen calls them on a goroutine of its own
// or, for the store of a device, where a few milliseconds do not matter, at once.
//
// Texts for people come ready-made in the printer's language. A value of package flow is for one goroutine at a time
// unless it says otherwise; a [Desk] is safe for concurrent use.
package flow
