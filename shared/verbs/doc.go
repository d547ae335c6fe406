// SPDX-License-Identifier: Apache-2.0

// Package verbs is the command line of kiosk and agent: enrol, put, get,
// list, demand, sync, status, tray, export. It works on the same station as
// the windows do, so that what is done here is seen there, and so that a
// device without a display can do all of the work.
package verbs
