// SPDX-License-Identifier: Apache-2.0

package screen

// reading reads beside the UI goroutine, once for all that changes meanwhile.
type reading struct {
	busy bool
	next func() // what was asked for last while it was busy, nil for nothing
}

// begin has work done beside the UI goroutine, and then draw on it unless the desk was locked meanwhile. Of what is asked for
// while another is under way the last is begun when that has ended.
func (r *reading) begin(h *Home, work, draw func()) {
	if r.busy {
		r.next = func() { r.begin(h, work, draw) }
		return
	}
	r.busy = true
	h.app.Work(work, func() {
		r.busy = false
		if h.app.home != h {
			return
		}
		draw()
		if next := r.next; next != nil {
			r.next = nil
			next()
		}
	})
}
