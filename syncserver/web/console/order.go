// SPDX-License-Identifier: Apache-2.0

package console

import (
	"net/http"
	"slices"

	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/wire"
	"yuexin/syncserver/fleet"
)

type devicePage struct {
	*frame
	deviceRow
	Held  []place // villages it may hold, in the order of the others
	Taken []takenRow
}

// takenRow is what was taken from a device, and its word for it.
type takenRow struct {
	fleet.Order
	Place string // "" for a switching off
}

// Open reports whether nothing of the device's confirms it.
func (t takenRow) Open() bool {
	return t.Standing == fleet.Waiting || t.Standing == fleet.Forged
}

// onDevice shows one device: what it holds, and what was taken from it with the
// device's own signed word that it is gone, or since when that is missing.
func (c *Console) onDevice(w http.ResponseWriter, r *http.Request, v *visit) error {
	device, err := c.device(r)
	if err != nil {
		return err
	}
	log, err := c.Store.Orders(r.Context(), device.ID)
	if err != nil {
		return err
	}
	places, err := c.places(r.Context(), v)
	if err != nil {
		return err
	}
	page := devicePage{frame: c.frame(v, r, string(PageDevices))}
	page.deviceRow = c.deviceRow(device, page.Now)
	if page.Held, err = c.held(r, places, device.ID); err != nil {
		return err
	}
	for _, o := range fleet.Taken(device, log) {
		row := takenRow{Order: o}
		if o.Op == wire.ControlRevoke {
			row.Place = places.name(o.Scope)
		}
		page.Taken = append(page.Taken, row)
	}
	return c.show(w, http.StatusOK, "device", page)
}

// held returns the villages that a device may hold.
func (c *Console) held(r *http.Request, places *places, device ident.Device) ([]place, error) {
	grants, err := c.Store.Grants(r.Context(), device)
	if err != nil {
		return nil, err
	}
	var list []place
	for _, p := range places.list() {
		for _, g := range grants {
			if g.Scope == p.Scope {
				list = append(list, p)
			}
		}
	}
	return list, nil
}

type revokePage struct {
	*frame
	Device deviceRow
	Place  place
}

// onRevoke asks before a village is taken from a device.
func (c *Console) onRevoke(w http.ResponseWriter, r *http.Request, v *visit) error {
	page, err := c.revokePage(r, v, r.URL.Query().Get("scope"))
	if err != nil {
		return err
	}
	return c.show(w, http.StatusOK, "revoke", page)
}

func (c *Console) revokePage(r *http.Request, v *visit, scope string) (page revokePage, err error) {
	device, err := c.device(r)
	if err != nil {
		return page, err
	}
	places, err := c.places(r.Context(), v)
	if err != nil {
		return page, err
	}
	held, err := c.held(r, places, device.ID)
	if err != nil {
		return page, err
	}
	i := slices.IndexFunc(held, func(p place) bool { return string(p.Scope) == scope })
	if i < 0 {
		return page, fault.New(fault.NotFound, "console.device.not_held")
	}
	page.frame = c.frame(v, r, string(PageDevices))
	page.Device, page.Place = c.deviceRow(device, page.Now), held[i]
	return page, nil
}

func (c *Console) onRevokePost(w http.ResponseWriter, r *http.Request, v *visit) error {
	if err := parseForm(r); err != nil {
		return err
	}
	page, err := c.revokePage(r, v, r.PostForm.Get("scope"))
	if err != nil {
		return err
	}
	device := page.Device.Device.ID
	if err := c.Revoke(r.Context(), device, page.Place.Scope); err != nil {
		return err
	}
	c.Log.Info("scope revoked", "device", device, "by", v.user.Login.Actor)
	c.sessions.Put(r.Context(), keyFlash, "console.device.revoked")
	http.Redirect(w, r, c.Base+"/devices/"+device.String(), http.StatusSeeOther)
	return nil
}
