// SPDX-License-Identifier: Apache-2.0

// Package recordtest defines record.Store by tests: [TestStore] is run against
// every implementation, in memory, on a device and at the server. It brings its
// own small catalogue and access table, so that the contract does not change
// when the production ones do.
package recordtest
