// SPDX-License-Identifier: Apache-2.0

// Package e2e tests the three programs as they are built, each in its own
// process and data folder, the way people use them: command lines, a phone's
// HTTP, a browser. It knows nothing of their insides, and holds tests only.
//
// Random moments come from a seed that a failing test prints; YUEXIN_E2E_SEED
// repeats it.
package e2e
