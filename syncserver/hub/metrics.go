// SPDX-License-Identifier: Apache-2.0

package hub

import "github.com/prometheus/client_golang/prometheus"

// Metrics are the hub's figures for operators; none has a label that names a
// person or a village.
type Metrics struct {
	Sessions    prometheus.Gauge
	ChangeSets  prometheus.Counter
	Checkpoints prometheus.Counter
	Refused     prometheus.Counter
	Resets      prometheus.Counter
	Repairs     prometheus.Counter
	Resumed     prometheus.Counter
	Adopted     prometheus.Counter
	Slow        prometheus.Counter
	Stalled     prometheus.Counter
	Panics      prometheus.Counter
	Defective   prometheus.Counter
	BytesIn     prometheus.Counter
	BytesOut    prometheus.Counter
}

// NewMetrics returns metrics that are not registered yet.
func NewMetrics() *Metrics {
	counter := func(name, help string) prometheus.Counter {
		return prometheus.NewCounter(prometheus.CounterOpts{Namespace: "yuexin", Subsystem: "sync", Name: name, Help: help})
	}
	return &Metrics{
		Sessions: prometheus.NewGauge(prometheus.GaugeOpts{
			Namespace: "yuexin", Subsystem: "sync", Name: "sessions", Help: "Devices connected now.",
		}),
		ChangeSets:  counter("change_sets_total", "Change sets that got a receipt."),
		Checkpoints: counter("checkpoints_total", "Checkpoints that devices confirmed as durable."),
		Refused:     counter("frames_refused_total", "Frames that could not be read or verified."),
		Resets:      counter("resets_total", "Cursors that were not of this server's log."),
		Repairs:     counter("repairs_total", "Scopes of a device that did not match the server's digest."),
		Resumed:     counter("snapshots_resumed_total", "First syncs that went on where the last session left them."),
		Adopted:     counter("adopted_total", "Change sets of the server itself that it lost with a restore and devices brought back."),
		Slow:        counter("slow_devices_total", "Sessions closed because the device took too long."),
		Stalled:     counter("stalled_devices_total", "Sessions closed because the device lived and confirmed nothing, or did not send what waits on it."),
		Panics:      counter("panics_total", "Sessions ended by a defect of the server."),
		Defective:   counter("defective_frames_total", "Frames that met a defect of the server, one that came twice counted twice; what is at fault goes into its device's tray."),
		BytesIn:     counter("received_bytes_total", "Bytes of messages received."),
		BytesOut:    counter("sent_bytes_total", "Bytes of messages sent."),
	}
}

// Register adds the metrics to a registry.
func (m *Metrics) Register(r prometheus.Registerer) error {
	for _, c := range []prometheus.Collector{
		m.Sessions, m.ChangeSets, m.Checkpoints, m.Refused, m.Resets, m.Repairs, m.Resumed, m.Adopted, m.Slow, m.Stalled, m.Panics, m.Defective,
		m.BytesIn, m.BytesOut,
	} {
		if err := r.Register(c); err != nil {
			return err
		}
	}
	return nil
}
