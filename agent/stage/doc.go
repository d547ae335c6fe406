// SPDX-License-Identifier: Apache-2.0

// Package stage is an officer's laptop with invented people and no machine behind it: the flows and screens run on it in
// tests and in the gallery. Everything in it is made up and the same every time.
package stage
