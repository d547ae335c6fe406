// SPDX-License-Identifier: Apache-2.0

package central

import "github.com/prometheus/client_golang/prometheus"

// Metrics tell how the writer fares.
type Metrics struct {
	Commits prometheus.Histogram // seconds from BEGIN until a group is on disk
	Tasks   prometheus.Histogram // that shared a commit
	Failed  prometheus.Counter   // groups that the machine did not let commit
}

// NewMetrics returns metrics that are not registered yet.
func NewMetrics() *Metrics {
	return &Metrics{
		Commits: prometheus.NewHistogram(prometheus.HistogramOpts{
			Namespace: "yuexin", Subsystem: "store", Name: "commit_seconds", Help: "Time until a group of writes is on disk.",
			Buckets: prometheus.ExponentialBuckets(0.001, 2, 14), // 1 ms to 8 s
		}),
		Tasks: prometheus.NewHistogram(prometheus.HistogramOpts{
			Namespace: "yuexin", Subsystem: "store", Name: "commit_tasks", Help: "Writers that shared a commit.",
			Buckets: prometheus.ExponentialBuckets(1, 2, 7), // 1 to maxGroup
		}),
		Failed: prometheus.NewCounter(prometheus.CounterOpts{
			Namespace: "yuexin", Subsystem: "store", Name: "commits_failed_total",
			Help: "Commits that failed because of the machine: a full or failing disk, a database that is away.",
		}),
	}
}

// Register adds the metrics to a registry.
func (m *Metrics) Register(r prometheus.Registerer) error {
	for _, c := range []prometheus.Collector{m.Commits, m.Tasks, m.Failed} {
		if err := r.Register(c); err != nil {
			return err
		}
	}
	return nil
}
