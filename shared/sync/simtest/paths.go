// SPDX-License-Identifier: Apache-2.0

package simtest

// Paths lists what random worlds have to go through, by the names in
// World.Counts: faults that are injected, and ways that only they open. If many
// worlds never take one of them, the simulator is at fault.
var Paths = []string{
	"session", "checkpoint", "first pull", "pull continued", "changes in pages", "deleted record not held",
	"snapshot begun", "snapshot piece", "snapshot resumed", "snapshot resumed in a chunk", "snapshot replaced", "server drop",
	"outcome accepted", "outcome merged", "outcome superseded", "outcome proposed", "outcome in_review",
	"outcome rejected", "outcome quarantined",
	"act create", "act edit", "act refuse", "act pair", "act delete", "act undelete", "act resolve", "act correct", "act author",
	"settled by two persons", "settling waits for a second person",
	"refused given up", "act not taken",
	"device cut", "device black", "device kill", "device power", "device full", "device io", "device done and failed", "device clock", "device reboot", "device clone",
	"server kill", "server stop", "server full", "server io", "server done and failed", "server backup", "server restore", "server copyback",
	"server store failed", "device store failed",
	"fleet grant", "fleet revoke", "fleet switch", "fleet decide pass", "fleet decide refuse",
	"hostile network", "message lost", "message doubled", "message re-ordered",
	"gap answered", "lane rewound", "lane closed", "lane left", "cursor reset", "scope repaired",
	"list compared", "listed record wanted", "box kept", "box adopted", "box put off",
	"session ended: sync.silent", "session ended: sync.stalled", "session ended: sync.restarting",
}
