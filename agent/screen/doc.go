// SPDX-License-Identifier: Apache-2.0

// Package screen draws the agent's windows over package flow: the way in, the lists with their details and forms, scanning,
// and what was returned. Everything in it belongs to the UI goroutine; work that takes long goes through App.Work.
//
// What can be done on a page is a table of actions (action.go): it binds the keys, draws the buttons and the menu, and is
// what F1 lists. A new way in is a line in the table of its page: Home.actions for the menu, person.actions for a household.
//
// Each screen is a scene of the gallery (make gallery OF=agent). Their pictures in agent/testdata/shots are painted anew by
//
//	go test -tags x11,migrated_fynedo ./agent/screen -run TestShots -update
package screen
