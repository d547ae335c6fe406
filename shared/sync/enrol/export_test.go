// SPDX-License-Identifier: Apache-2.0

package enrol

// Test doors: the roots that production takes from the system.
var (
	ExportTLSConfig = tlsConfig
	ExportLook      = look
)

// WholeTimeout is the limit of one Enrol.
const WholeTimeout = wholeTimeout
