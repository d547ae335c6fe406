// SPDX-License-Identifier: Apache-2.0

// Package uitest helps to test screens without a display: one app per test process (each further one would parse the face
// again), windows that close with their test, taps by what is written, and checks that nothing is cut off or too small to
// press.
//
//	func TestMain(m *testing.M) { uitest.Main(m, theme.Kiosk) }
package uitest
