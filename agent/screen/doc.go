// SPDX-License-Identifier: Apache-2.0

// Package screen draws the agent's windows over package flow: the way in, the lists with their details and forms, scanning,
// and what was returned. Everything in it belongs to the UI goroutine; work that takes long goes through App.Work.
package screen
