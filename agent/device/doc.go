// SPDX-License-Identifier: Apache-2.0

// Package device is what is connected to an officer's laptop. Today that is what tells where it is:
//
//	GPSD     the program gpsd, on this machine or beside it
//	NMEA     a receiver at a serial port, or a file of NMEA 0183 sentences
//	ByHand   nothing: whoever works here types what they read off elsewhere
//	Sim      what a test says
//
// Positions are WGS-84, as receivers give them. A map's GCJ-02 is neither made nor taken, so the two are never mixed.
//
// What is connected is data of each machine, in the file devices.json of its data folder (Config).
package device
