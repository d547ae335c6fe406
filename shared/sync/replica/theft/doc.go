// SPDX-License-Identifier: Apache-2.0

// Package theft does, for tests, what somebody would who has taken a device:
// it looks at every byte of its folder, tries every key that lies there, and
// whatever those open, on every cell of the replica, and searches what came
// to light for values in every form in which this project writes them. It
// knows neither passphrases nor which table holds what.
package theft
