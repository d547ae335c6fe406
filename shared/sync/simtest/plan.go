// SPDX-License-Identifier: Apache-2.0

package simtest

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"yuexin/shared/ident"
	"yuexin/shared/sync/peer"
	"yuexin/shared/sync/record"
)

// Plan is what happens in a world, a command a line. Lines that begin with #
// say why. The commands:
//
//	device NAME ROLE SCOPE[,SCOPE]    enrols a device: officer, cadre, kiosk, analyst
//	wait MS                           lets time pass
//	create NAME RECORD SCOPE FIELDS   registers a household
//	edit NAME RECORD FIELDS           changes fields, to values nobody else writes
//	refuse NAME RECORD FIELDS         the same, but the server's rule will refuse it
//	open NAME RECORD                  opens a screen: the next edit has seen what stands now
//	pair NAME SCOPE                   writes two records in one act
//	delete NAME RECORD, undelete …    deletes a record, restores it
//	resolve NAME RECORD [FIELD]       settles the first open field, or this one
//	discard NAME, correct NAME RECORD gives up the first refused change set, corrects it
//	author RECORD SCOPE FIELDS        the server itself registers a household, or changes it
//	online NAME, offline NAME         the link comes and goes
//	cut NAME, black NAME              the connection ends; goes half open
//	kill NAME|server                  the process dies and starts again
//	power NAME                        all power goes
//	stop, start                       the server is down, and up
//	full NAME|server on|off           the disk is full
//	io NAME|server on|off             the disk fails now and then, before or after the fact
//	clock NAME MS, reboot NAME        the wall clock jumps; a new boot
//	hostile on|off                    messages are lost, doubled, re-ordered
//	spoil COUNT                       so many frames from now on arrive as rubbish
//	grant|revoke NAME SCOPE           what a device may hold
//	switch NAME on|off                a device is switched off, or on again
//	decide NAME pass|refuse           somebody decides about its first quarantined change set
//	backup, restore, copyback         the server goes back to an old state; nobody tells it
//	drop                              the server loses its snapshots, as after an erasure
//	clone NAME NEW                    a laptop's disk is copied
//	expect …                          see expect.go
//	heal                              ends all faults and waits until all is quiet
type Plan []string

// Run carries out a plan and stops at the first line that cannot be read.
func (w *World) Run(plan Plan) error {
	for i, line := range plan {
		words := strings.Fields(line)
		if len(words) == 0 || strings.HasPrefix(words[0], "#") {
			continue
		}
		if err := w.do(words); err != nil {
			return fmt.Errorf("line %d, %q: %w", i+1, line, err)
		}
		for _, n := range w.order {
			w.noteTray(n)
			w.glimpse(n)
		}
	}
	return nil
}

// noteTray remembers what was refused, also if it is given up later.
func (w *World) noteTray(n *node) {
	for _, t := range n.store.Tray() {
		w.refused[t.Act] = true
	}
}

// do carries out one command. Words that name what is not there do nothing: a
// plan that was cut down must still run.
func (w *World) do(words []string) error {
	arg := func(i int) string {
		if i < len(words) {
			return words[i]
		}
		return ""
	}
	switch words[0] {
	case "device":
		var scopes []ident.Scope
		for _, s := range strings.Split(arg(3), ",") {
			scopes = append(scopes, scopeOf(s))
		}
		w.add(arg(1), record.Role(arg(2)), scopes...)
		return nil
	case "wait":
		ms, err := strconv.ParseInt(arg(1), 10, 64)
		w.run(ms)
		return err
	case "hostile":
		w.hostile = arg(1) == "on"
		w.Counts["hostile network"]++
		return nil
	case "spoil":
		n, err := strconv.Atoi(arg(1))
		w.spoil = n
		return err
	case "heal":
		w.heal()
		return nil
	case "author":
		w.author(arg(1), scopeOf(arg(2)), split(arg(3)))
		return nil
	case "expect":
		return w.expect(words[1:])
	}
	if w.doServer(words[0], arg(1), arg(2)) {
		return nil
	}
	n := w.nodes[arg(1)]
	if n == nil {
		return unknown(words[0])
	}
	if n.doMachine(words[0], arg(2)) {
		return nil
	}
	return n.doWork(words[0], arg(2), arg(3), arg(4))
}

var commands = []string{
	"create", "edit", "refuse", "open", "pair", "delete", "undelete", "resolve", "discard", "correct", "online", "offline",
	"cut", "black", "kill", "power", "full", "io", "clock", "reboot", "grant", "revoke", "switch", "decide", "clone",
}

func unknown(command string) error {
	if slices.Contains(commands, command) {
		return nil // about a device that this plan does not have
	}
	return fmt.Errorf("unknown command")
}

// doServer carries out what happens to the server or at it.
func (w *World) doServer(command, first, second string) bool {
	s := w.server
	atServer := first == "server"
	switch {
	case command == "stop":
		s.stop()
	case command == "start":
		s.start()
	case command == "kill" && atServer:
		s.stop()
		s.start()
	case command == "full" && atServer:
		s.store.Full(second == "on")
	case command == "io" && atServer:
		s.io = second == "on"
	case command == "drop":
		s.store.DropSnapshots()
	case command == "backup":
		s.store.Backup()
	case command == "restore" || command == "copyback":
		s.stop()
		s.store.Restore(command == "restore")
		s.start()
	default:
		return w.doFleet(command, w.nodes[first], second)
	}
	w.Counts["server "+command]++
	return true
}

// doFleet carries out what an administrator does to a device.
func (w *World) doFleet(command string, n *node, arg string) bool {
	if n == nil {
		return false
	}
	store, device := w.server.store, n.account.Device
	switch command {
	case "grant":
		store.Grant(device, scopeOf(arg))
	case "revoke":
		store.Revoke(device, scopeOf(arg))
	case "switch":
		store.SwitchOff(device, arg == "off")
	case "decide":
		if !store.Decide(device, arg == "pass") {
			return true
		}
		command += " " + arg
		w.server.moved(peer.HeadMoved{})
	default:
		return false
	}
	w.Counts["fleet "+command]++
	w.server.controlMoved(device)
	return true
}

// doMachine carries out what happens to a device's machine and link.
func (n *node) doMachine(command, arg string) bool {
	switch command {
	case "online":
		n.offline = false
		n.connect()
	case "offline":
		n.offline = true
		n.hangUp(0)
	case "cut":
		n.hangUp(0)
	case "black":
		if n.conn != nil {
			n.conn.black = true
		}
	case "kill", "power":
		n.kill(command == "power")
	case "full":
		n.store.Full(arg == "on")
	case "io":
		n.io = arg == "on"
	case "clock":
		ms, err := strconv.ParseInt(arg, 10, 64)
		if err == nil {
			n.aheadMS = ms
		}
	case "reboot":
		n.kill(true)
	case "clone":
		n.clone(arg)
	default:
		return false
	}
	n.world.Counts["device "+command]++
	return true
}

// clone copies a laptop's disk to another machine. Both go on.
func (n *node) clone(name string) {
	w := n.world
	if w.nodes[name] != nil {
		return
	}
	c := w.newNode(name, n.account)
	c.store = n.store.Clone(c.reading, w.newIncarnation)
	c.aheadMS = n.aheadMS
}

// doWork carries out what a person does at a device.
func (n *node) doWork(command, first, second, third string) error {
	h, known := n.world.records[first]
	switch command {
	case "create":
		n.create(first, scopeOf(second), split(third))
		return nil
	case "pair":
		n.pair(scopeOf(first))
		return nil
	case "discard":
		n.discard()
		return nil
	}
	if !known {
		return unknown(command)
	}
	switch command {
	case "edit", "refuse":
		n.edit(command, h, split(second))
	case "open":
		n.seen[h.ID] = n.store.Base(h.Scope)
	case "delete":
		n.delete(h)
	case "undelete":
		n.undelete(h)
	case "resolve":
		n.resolve(h, record.Field(second))
	case "correct":
		n.correct(h)
	default:
		return unknown(command)
	}
	return nil
}

func split(fields string) (out []record.Field) {
	for _, f := range strings.Split(fields, ",") {
		if f != "" {
			out = append(out, record.Field(f))
		}
	}
	return out
}

// heal ends all faults and lets the world run until nothing moves, or says what
// is stuck.
func (w *World) heal() {
	w.hostile, w.spoil = false, 0
	w.server.store.Full(false)
	w.server.io = false
	w.server.start()
	for _, n := range w.order {
		n.io = false
		n.store.Full(false)
		n.offline = false
		n.connect()
	}
	for round := 0; w.Counts["hostile network"] > 0 && round < 20; round++ { // a message that was lost is missed no sooner, and each answer to another puts it off
		before := w.Counts["checkpoint"]
		w.run(2 * peer.StallMS)
		if w.Counts["checkpoint"] == before {
			break
		}
	}
	const patience = 20 * 60
	quiet := 0
	for range patience {
		w.run(1_000)
		if quiet++; !w.quiet() {
			quiet = 0
		}
		if quiet == 3 {
			w.check()
			return
		}
	}
	for _, n := range w.order {
		if !n.quiet() {
			w.broke("nothing is stuck", "%s after %d minutes: %d waiting, settled %v, connected %v, phase %d",
				n.name, patience/60, n.store.Waiting(), n.state.Settled, n.conn != nil, n.state.Phase)
		}
	}
}

func (w *World) quiet() bool {
	for _, n := range w.order {
		if !n.quiet() {
			return false
		}
	}
	return true
}

// quiet reports whether a device has nothing more to do. One that is switched
// off gets nothing, but delivers.
func (n *node) quiet() bool {
	if n.store.Waiting() > 0 || n.conn == nil || n.conn.black || len(n.jobs) > 0 {
		return false
	}
	if n.world.server.store.Off(n.account.Device) {
		return n.state.Phase == peer.Open && !n.state.Sending
	}
	// A purge receipt is sent once in a session; only a hostile network loses it there.
	confirmed := n.world.server.store.Unconfirmed(n.account.Device) == 0 || n.world.Counts["hostile network"] > 0
	return n.state.Settled && confirmed
}
