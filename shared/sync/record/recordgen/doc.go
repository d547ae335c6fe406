// SPDX-License-Identifier: Apache-2.0

// Package recordgen makes records for tests: rapid generators of everything a
// change set and a row may hold, and the household records of the benchmark's
// workload. Nothing outside tests imports it.
package recordgen
