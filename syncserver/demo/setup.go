// SPDX-License-Identifier: Apache-2.0

package demo

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/skip2/go-qrcode"

	"yuexin/shared/fault"
)

// made is what `syncserver sample` says it made.
type made struct {
	Units []struct {
		Code string `json:"code"`
		Name string `json:"name"`
	} `json:"units"`
	Officers []struct {
		Actor string `json:"actor"`
		Name  string `json:"name"`
		Role  string `json:"role"`
	} `json:"officers"`
	Users []string `json:"users"`
}

// sampleFile remembers what was made, so that the next run continues with it.
const sampleFile = "sample.json"

// prepare fills the server's folder with sample data, once.
func (d *Demo) prepare(ctx context.Context) error {
	if exists(d.folder(sampleFile)) {
		return nil
	}
	d.say("demo.sample")
	var m made
	args := []string{"sample", "--dir", d.folder("server"), "--sample", "--quiet", "--demo-password", Passphrase}
	if d.cfg.Villages > 0 {
		args = append(args, "--villages", strconv.Itoa(d.cfg.Villages))
	}
	if d.cfg.Households > 0 {
		args = append(args, "--households", strconv.Itoa(d.cfg.Households))
	}
	if err := d.run(ctx, &m, "syncserver", args...); err != nil {
		return err
	}
	err := d.run(ctx, nil, "syncserver", "notice", "add", "环境整治日", "--dir", d.folder("server"), "--sample", "--quiet",
		"--text", "示例通知：本周六上午八点，各组带扫把到村口集合。", "--publisher", m.Units[0].Name+"村委会", "--until", "2099-12-31", "--village", m.Units[0].Code)
	if err != nil {
		return err
	}
	data, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(d.folder(sampleFile), data, 0o600)
}

func (d *Demo) made() (m made, err error) {
	data, err := os.ReadFile(d.folder(sampleFile))
	if err != nil {
		return m, fmt.Errorf("what the samples are: %w", err)
	}
	return m, json.Unmarshal(data, &m)
}

// enrolDevices enrols a laptop for the sample officer and a kiosk, once.
func (d *Demo) enrolDevices(ctx context.Context) error {
	m, err := d.made()
	if err != nil {
		return err
	}
	for _, name := range []string{"agent", "kiosk"} {
		if !exists(d.program(name)) || exists(filepath.Join(d.folder(name), "enrolment.json")) {
			continue
		}
		if err := d.enrolDevice(ctx, name, m); err != nil {
			return err
		}
	}
	return nil
}

// enrolDevice does what an administrator and an installer do: a code on the
// one side, used on the other.
func (d *Demo) enrolDevice(ctx context.Context, name string, m made) error {
	ticket := d.folder(name + ".enrol")
	ask := []string{"enrol", "--dir", d.folder("server"), "--sample", "--quiet", "--program", name, "--out", ticket}
	if name == "kiosk" {
		ask = append(ask, "--name", m.Units[0].Name+" 1 号机", "--person", m.Units[0].Name+" 一体机", "--role", "kiosk", "--village", m.Units[0].Code)
	} else {
		ask = append(ask, "--name", "示例笔记本", "--role", "officer", "--person", "示例信贷员")
		for _, o := range m.Officers {
			if o.Role == "officer" {
				ask = append(ask, "--person", o.Name, "--actor", o.Actor)
				break
			}
		}
		for _, u := range m.Units {
			ask = append(ask, "--village", u.Code)
		}
	}
	if err := d.run(ctx, nil, "syncserver", ask...); err != nil {
		return err
	}
	if err := d.run(ctx, nil, name, "enrol", "--dir", d.folder(name), "--ticket", ticket); err != nil {
		return err
	}
	if err := os.Remove(ticket); err != nil {
		return err
	}
	if name == "kiosk" {
		if err := d.addCadre(ctx, m); err != nil {
			return err
		}
	}
	return d.run(ctx, nil, name, "sync", "--once", "--dir", d.folder(name))
}

// addCadre lets a cadre of the village into the staff's part of the kiosk.
func (d *Demo) addCadre(ctx context.Context, m made) error {
	var kiosk struct{ Device string }
	if err := d.run(ctx, &kiosk, "kiosk", "status", "--dir", d.folder("kiosk")); err != nil {
		return err
	}
	ticket := d.folder("cadre.enrol")
	err := d.run(ctx, nil, "syncserver", "enrol", "--dir", d.folder("server"), "--sample", "--quiet", "--program", "kiosk", "--device", kiosk.Device,
		"--person", "示例村干部", "--role", "cadre", "--village", m.Units[0].Code, "--out", ticket)
	if err != nil {
		return err
	}
	if err := d.run(ctx, nil, "kiosk", "enrol", "--add", "--dir", d.folder("kiosk"), "--ticket", ticket); err != nil {
		return err
	}
	return os.Remove(ticket)
}

// publicURL is what plates carry: this machine's address on the LAN, or
// loopback.
func (d *Demo) publicURL() string {
	if ip := lanAddress(); d.cfg.LAN && ip != "" {
		return "http://" + net.JoinHostPort(ip, strconv.Itoa(d.port))
	}
	return d.url()
}

// lanAddress returns the IPv4 address under which this machine is known on its
// network, "" if it is on none: the one that it would reach others from, not
// that of a bridge for containers.
func lanAddress() string {
	conn, err := net.Dial("udp4", "203.0.113.1:9") // an address of nobody; nothing is sent
	if err == nil {
		defer conn.Close()
		if local, ok := conn.LocalAddr().(*net.UDPAddr); ok && local.IP.IsGlobalUnicast() {
			return local.IP.String()
		}
	}
	return firstAddress()
}

// firstAddress returns the first IPv4 address of an interface, for networks
// that lead nowhere: a router without a line.
func firstAddress() string {
	addresses, err := net.InterfaceAddrs()
	if err != nil {
		return ""
	}
	for _, a := range addresses {
		if n, ok := a.(*net.IPNet); ok && n.IP.To4() != nil && n.IP.IsGlobalUnicast() {
			return n.IP.String()
		}
	}
	return ""
}

// tries are verbs that show something at once. A kiosk cannot show what it has
// taken.
var tries = map[string]string{"agent": "demand list", "kiosk": "status"}

// printed is what `syncserver plates` says it printed.
type printed struct {
	First string `json:"first"`
}

// printGuide tells what can be tried.
func (d *Demo) printGuide(ctx context.Context) error {
	m, err := d.made()
	if err != nil {
		return err
	}
	sheets, cards := d.folder("plates.pdf"), d.folder("cards.pdf")
	var p printed
	err = d.run(ctx, &p, "syncserver", "plates", "--dir", d.folder("server"), "--sample", "--quiet", "--village", m.Units[0].Code,
		"--public-url", d.publicURL(), "--sheets", sheets, "--cards", cards, "--reason", "demo")
	if err != nil {
		return err
	}
	d.say("demo.console", "url", d.url()+"/console/", "users", strings.Join(m.Users, "、"), "password", Passphrase)
	d.say("demo.resident", "url", p.First)
	d.say("demo.sms", "log", d.folder("server.log"))
	d.say("demo.plates", "file", sheets)
	d.say("demo.cards", "file", cards)
	for _, name := range []string{"agent", "kiosk"} {
		if exists(d.program(name)) {
			d.say("demo."+name, "command", fmt.Sprintf("YUEXIN_PASSPHRASE=%s %s --dir %s %s", Passphrase, d.program(name), d.folder(name), tries[name]))
		}
	}
	if d.cfg.LAN {
		d.printQR(p.First)
	}
	d.say("demo.commands")
	return nil
}

// printQR draws the resident link for phones on the same LAN.
func (d *Demo) printQR(url string) {
	if lanAddress() == "" {
		d.explain(fault.New(fault.Unavailable, "demo.nolan"))
		return
	}
	code, err := qrcode.New(url, qrcode.Medium)
	if err != nil {
		d.explain(err)
		return
	}
	fmt.Fprintln(d.cfg.Out, code.ToSmallString(false))
	d.say("demo.lan", "url", url)
}

// standing is what `agent status` says.
type standing struct {
	Waiting int `json:"waiting"`
	Refused int `json:"refused"`
}

func (d *Demo) status(ctx context.Context) {
	state := d.cfg.Texts.T("demo.status.off")
	if d.server != nil && d.server.running() && ok(ctx, d.url()+"/healthz") {
		state = d.cfg.Texts.T("demo.status.on")
	}
	d.say("demo.status.server", "state", state)
	for _, name := range []string{"agent", "kiosk"} {
		if !exists(d.program(name)) {
			continue
		}
		var s standing
		if err := d.run(ctx, &s, name, "status", "--dir", d.folder(name)); err != nil {
			d.explain(err)
			continue
		}
		d.say("demo.status.device", "name", name, "status", d.cfg.Texts.T("demo.waiting", "n", strconv.Itoa(s.Waiting), "refused", strconv.Itoa(s.Refused)))
	}
}
