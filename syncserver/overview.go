// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// overview counts at each scrape what an operator has to know of: whether the store answers, which devices have work that
// the server lacks, and what waits for an administrator. It names no device.
type overview struct{ s *server }

func gauge(name, help string) *prometheus.Desc {
	return prometheus.NewDesc("yuexin_"+name, help, nil, nil)
}

var (
	storeAnswers = gauge("store_answers", "1 if the store was read and written within the last seconds, else 0.")
	devicesKnown = gauge("devices", "Devices that are enrolled and not switched off.")
	devicesAway  = gauge("devices_away", "Of those, not seen for three days or never.")
	unsent       = gauge("device_unsent_change_sets", "Change sets that devices said they had not sent.")
	oldestUnsent = gauge("device_oldest_unsent_seconds", "Age of the oldest of them, had the device not come since.")
	inTrays      = gauge("device_refused_change_sets", "Refused change sets that nobody has settled, in the trays of devices.")
	kept         = gauge("quarantine_change_sets", "Change sets that wait for an administrator.")
)

// away is how long a device may not be seen: ours; an officer is offline for days, and a machine that is for three is
// worth a call.
const away = 72 * time.Hour

// scrapeWait bounds what a scrape may take.
const scrapeWait = 5 * time.Second

// Describe implements prometheus.Collector.
func (o overview) Describe(out chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{storeAnswers, devicesKnown, devicesAway, unsent, oldestUnsent, inTrays, kept} {
		out <- d
	}
}

// Collect implements prometheus.Collector. What cannot be read is left out.
func (o overview) Collect(out chan<- prometheus.Metric) {
	ctx, stop := context.WithTimeout(context.Background(), scrapeWait)
	defer stop()
	put := func(d *prometheus.Desc, v float64) { out <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v) }
	if o.s.probe(ctx) != nil {
		put(storeAnswers, 0)
		return
	}
	put(storeAnswers, 1)
	if list, err := o.s.Store.Quarantine(ctx); err == nil {
		put(kept, float64(len(list)))
	}
	devices, err := o.s.Store.Devices(ctx)
	if err != nil {
		return
	}
	var known, gone, waiting, refused int
	var oldest time.Duration
	now := o.s.Now()
	for _, d := range devices {
		if d.Off {
			continue
		}
		known++
		if now.Sub(d.LastSeen) > away {
			gone++
		}
		waiting += int(d.Status.Waiting)
		refused += int(d.Status.Refused)
		if d.Status.Waiting > 0 {
			oldest = max(oldest, now.Sub(d.LastSeen)+time.Duration(d.Status.OldestMS)*time.Millisecond)
		}
	}
	put(devicesKnown, float64(known))
	put(devicesAway, float64(gone))
	put(unsent, float64(waiting))
	put(oldestUnsent, oldest.Seconds())
	put(inTrays, float64(refused))
}
