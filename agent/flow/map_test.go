// SPDX-License-Identifier: Apache-2.0

package flow_test

import (
	"math"
	"testing"

	"yuexin/agent/flow"
	"yuexin/agent/stage"
	"yuexin/shared/i18n"
)

// TestMap: who was visited is on the map, to scale; who was not is counted; a late demand colours its household.
func TestMap(t *testing.T) {
	s := stage.New(i18n.ZhHans)
	m, err := s.Desk.Map(ctx(), stage.Fuxi)
	if err != nil || len(m.Spots) != 6 || m.Without != 1 {
		t.Fatalf("%d spots, %d without, %v", len(m.Spots), m.Without, err)
	}
	byName := map[string]flow.Spot{}
	for _, spot := range m.Spots {
		byName[spot.Title] = spot
	}
	if byName["陈秀英"].Tone != flow.SpotOverdue && byName["李志强"].Tone != flow.SpotOverdue && byName["陈志明"].Tone != flow.SpotOverdue {
		t.Error("no late demand colours its household")
	}
	// The stage puts them 0.001° of latitude apart, which is 110.7 m there.
	a, b := byName["陈秀英"], byName["李志强"]
	if d := math.Hypot(a.X-b.X, a.Y-b.Y); math.Abs(d-110.7) > 0.3 {
		t.Errorf("%.1f m apart, want 110.7", d)
	}
}

// TestMapView: what is fitted is all seen, what is zoomed at stays in place, the bar is round and true.
func TestMapView(t *testing.T) {
	s := stage.New(i18n.ZhHans)
	m, err := s.Desk.Map(ctx(), "")
	if err != nil {
		t.Fatal(err)
	}
	const w, h = 800, 600
	v := m.Fit(w, h)
	seen := func(v flow.MapView) (n int) {
		for _, c := range m.Clusters(v, w, h) {
			n += len(c.Spots)
		}
		return n
	}
	if seen(v) != len(m.Spots) {
		t.Errorf("%d of %d are seen", seen(v), len(m.Spots))
	}
	x, y := v.At(m.Spots[0].X, m.Spots[0].Y, w, h)
	close := v.Zoom(4, x, y, w, h)
	if x2, y2 := close.At(m.Spots[0].X, m.Spots[0].Y, w, h); math.Abs(float64(x-x2)) > 0.1 || math.Abs(float64(y-y2)) > 0.1 {
		t.Errorf("it went from %v,%v to %v,%v", x, y, x2, y2)
	}
	if moved := v.Move(10, 0); moved.X != v.X-10*v.Metres {
		t.Error("dragging east does not show the west")
	}
	metres, units := (flow.MapView{Metres: 3}).Bar(120)
	if metres != 200 || math.Abs(float64(units)-200.0/3) > 0.01 {
		t.Errorf("a bar of %v m is %v units", metres, units)
	}
	one := flow.Map{Spots: []flow.Spot{{X: 1}, {X: 1}, {X: 4}}}
	if _, apart := one.Into(flow.Cluster{Spots: []int{0, 1}}, w, h); apart {
		t.Error("two in one place are told apart")
	}
	if _, apart := one.Into(flow.Cluster{Spots: []int{0, 2}}, w, h); !apart {
		t.Error("three metres are not told apart")
	}
	if far := v.Zoom(0.01, w/2, h/2, w, h); len(m.Clusters(far, w, h)) >= len(m.Clusters(v, w, h)) {
		t.Error("from far away nothing is drawn together")
	}
}
