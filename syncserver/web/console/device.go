// SPDX-License-Identifier: Apache-2.0

package console

import (
	"cmp"
	"context"
	"encoding/base64"
	"html/template"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/skip2/go-qrcode"

	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
	"yuexin/syncserver/fleet"
	"yuexin/syncserver/store"
)

// quietDays is after how long a silent device is shown as needing attention:
// an agent's laptop is offline for days, hardly for a week.
const quietDays = 7

// lateAfter is for how long work may wait on a device that is connected. On one that is
// away it may wait as long as that may be quiet.
const lateAfter = time.Hour

type devicesPage struct {
	*frame
	Devices              []deviceRow
	Connected, Attention int
	CanEnrol             bool
}

type deviceRow struct {
	store.Device
	Kind      string // "kiosk", "agent"
	Release   string // "0.1.0"
	Connected bool
	Oldest    time.Time // of what waits; zero if nothing does
	Late      bool      // that waits for too long
	Quiet     bool
	Needs     bool      // somebody's attention
	Stalled   time.Time // since when its connection gets nothing done; zero: it does
	Unproved  int       // what was taken from it and it has not confirmed
	Unsince   time.Time // since when the oldest of that
}

func (c *Console) onDevices(w http.ResponseWriter, r *http.Request, v *visit) error {
	devices, err := c.Store.Devices(r.Context())
	if err != nil {
		return err
	}
	page := devicesPage{frame: c.frame(v, r, string(PageDevices)), CanEnrol: c.Enroller != nil}
	for _, d := range devices {
		row := c.deviceRow(d, page.Now)
		log, err := c.Store.Orders(r.Context(), d.ID)
		if err != nil {
			return err
		}
		row.unproved(fleet.Taken(d, log))
		if row.Connected {
			page.Connected++
		}
		if row.Needs {
			page.Attention++
		}
		page.Devices = append(page.Devices, row)
	}
	slices.SortStableFunc(page.Devices, func(a, b deviceRow) int { return cmp.Compare(a.order(), b.order()) })
	return c.show(w, http.StatusOK, "devices", page)
}

// deviceNames returns what the devices are called.
func (c *Console) deviceNames(ctx context.Context) (map[ident.Device]string, error) {
	devices, err := c.Store.Devices(ctx)
	names := make(map[ident.Device]string, len(devices))
	for _, d := range devices {
		names[d.ID] = d.Name
	}
	return names, err
}

func (c *Console) deviceRow(d store.Device, now time.Time) deviceRow {
	kind, release, _ := strings.Cut(d.Program, "/")
	row := deviceRow{Device: d, Kind: kind, Release: release, Connected: c.Connected(d.ID) && !d.Off}
	if d.Status.Waiting > 0 {
		row.Oldest = d.LastSeen.Add(-time.Duration(d.Status.OldestMS) * time.Millisecond)
	}
	row.Quiet = !row.Connected && !d.Off && !d.LastSeen.IsZero() && now.Sub(d.LastSeen) > quietDays*24*time.Hour
	patience := quietDays * 24 * time.Hour
	if row.Connected {
		patience = lateAfter
	}
	row.Late = !d.Off && !row.Oldest.IsZero() && now.Sub(row.Oldest) > patience
	row.Stalled = c.Stalled()[d.ID]
	row.Needs = !d.Off && (row.Quiet || row.Late || !row.Stalled.IsZero() || d.Status.Refused > 0 || d.Status.Stranded > 0 || d.Status.ClockWrong || d.Status.PaperOut)
	return row
}

// unproved counts what was taken from the device and it has not confirmed. Of a device
// that is switched off this shows, and asks for nobody: most of these never come back.
func (d *deviceRow) unproved(taken []fleet.Order) {
	for _, o := range taken { // newest first
		if (takenRow{Order: o}).Open() {
			d.Unproved, d.Unsince = d.Unproved+1, o.At
		}
	}
	d.Needs = d.Needs || !d.Off && d.Unproved > 0
}

// order puts those that need attention first and those switched off last.
func (d deviceRow) order() int {
	switch {
	case d.Needs:
		return 0
	case d.Off:
		return 2
	default:
		return 1
	}
}

type switchPage struct {
	*frame
	Device store.Device
	Off    bool // what is about to be done
}

// onSwitch asks before a device is switched off or on again.
func (c *Console) onSwitch(w http.ResponseWriter, r *http.Request, v *visit) error {
	device, err := c.device(r)
	if err != nil {
		return err
	}
	return c.show(w, http.StatusOK, "switch", switchPage{c.frame(v, r, string(PageDevices)), device, !device.Off})
}

func (c *Console) onSwitchPost(w http.ResponseWriter, r *http.Request, v *visit) error {
	device, err := c.device(r)
	if err != nil {
		return err
	}
	if err := parseForm(r); err != nil {
		return err
	}
	off := r.PostForm.Get("to") == "off"
	if !off && r.PostForm.Get("to") != "on" {
		return fault.New(fault.Invalid, "console.form.choose")
	}
	if err := c.act(r, v, "console.switch", device.Name+" "+device.ID.String()+pick(off, " off", " on")); err != nil {
		return err
	}
	if err := c.SwitchOff(r.Context(), device.ID, off); err != nil {
		return err
	}
	done := "console.device.switched_on"
	if off {
		done = "console.device.switched_off"
	}
	c.Log.Info("device switched", "device", device.ID, "off", off, "by", v.user.Login.Actor)
	c.sessions.Put(r.Context(), keyFlash, done)
	http.Redirect(w, r, c.Base+"/devices", http.StatusSeeOther)
	return nil
}

// device returns the device that the address names.
func (c *Console) device(r *http.Request) (store.Device, error) {
	const unknown = "console.device.unknown"
	id, err := parseID[ident.Device](r.PathValue("id"), unknown)
	if err != nil {
		return store.Device{}, err
	}
	device, err := c.Store.Device(r.Context(), id)
	if fault.Is(err, fault.NotFound) {
		return device, fault.New(fault.NotFound, unknown)
	}
	return device, err
}

// Programs that a device can run.
const (
	programKiosk = "kiosk"
	programAgent = "agent"
)

type newDevicePage struct {
	*frame
	Form     *form
	Villages []place
	Roles    []record.Role
}

type codePage struct {
	*frame
	Code   Code
	Device string
	QR     template.URL
}

func (c *Console) newDevicePage(r *http.Request, v *visit, f *form) (newDevicePage, error) {
	if c.Enroller == nil {
		return newDevicePage{}, fault.New(fault.NotFound, "console.no_page")
	}
	places, err := c.places(r.Context(), v)
	return newDevicePage{c.frame(v, r, string(PageDevices)), f, places.list(), []record.Role{Officer, Cadre}}, err
}

func (c *Console) onNewDevice(w http.ResponseWriter, r *http.Request, v *visit) error {
	page, err := c.newDevicePage(r, v, emptyForm(v.print))
	if err != nil {
		return err
	}
	return c.show(w, http.StatusOK, "newdevice", page)
}

// onNewDevicePost shows the code in the answer itself: it is to be seen once
// and stands in no address.
func (c *Console) onNewDevicePost(w http.ResponseWriter, r *http.Request, v *visit) error {
	f, err := readForm(r, v.print)
	if err != nil {
		return err
	}
	page, err := c.newDevicePage(r, v, f)
	if err != nil {
		return err
	}
	e := enrolmentOf(f, page.Villages)
	if !f.OK() {
		return c.show(w, http.StatusUnprocessableEntity, "newdevice", page)
	}
	e.By = v.user.Login.Actor
	if e.Actor, err = ident.New[ident.Actor](c.Now().UnixMilli(), c.Random); err != nil {
		return err
	}
	if err := c.act(r, v, "console.newdevice", e.Name+" "+string(e.Role)+" "+e.Display); err != nil {
		return err
	}
	code, err := c.Enroller.NewCode(r.Context(), e)
	if err != nil {
		return err
	}
	qr, err := qrImage(code.Link)
	if err != nil {
		return err
	}
	return c.show(w, http.StatusOK, "code", codePage{page.frame, code, e.Name, qr})
}

// enrolmentOf reads the form of a new device. A kiosk has the role of that
// name and belongs to no person.
func enrolmentOf(f *form, villages []place) store.Enrolment {
	e := store.Enrolment{
		Program: f.choice("program", programKiosk, programAgent),
		Name:    f.text("name", true, 40),
		Scopes:  f.scopes("scope", villages),
	}
	switch e.Program {
	case programKiosk:
		e.Role, e.Display = programKiosk, e.Name
	case programAgent:
		e.Display = f.text("display", true, 40)
		e.Role = record.Role(f.choice("role", string(Officer), string(Cadre)))
	}
	return e
}

// qrImage draws a code as an image that stands in the page itself.
func qrImage(text string) (template.URL, error) {
	png, err := qrcode.Encode(text, qrcode.Medium, 320)
	if err != nil {
		return "", err
	}
	return template.URL("data:image/png;base64," + base64.StdEncoding.EncodeToString(png)), nil
}
