// SPDX-License-Identifier: Apache-2.0

// Package device is the machine around a kiosk's screen: its disk, its clock, and what is connected to it. Each sort of device
// is an interface with a simulator beside the real thing:
//
//	printer   Printer       escpos.Printer (ESC/POS)      SimPrinter
//	scanner   Scanner       KeyScanner, SerialScanner     SimScanner
//	camera    Camera        VideoCamera (V4L2, Linux)     SimCamera
//	speaker   Speaker       PlayerSpeaker (aplay, paplay) SimSpeaker
//	ID cards  IDCardReader  none                          SimIDCardReader
//
// There is no real reader of ID cards. Chinese resident cards answer only to a security module (SAM-V) that the Ministry of
// Public Security has made and gives to approved manufacturers; GA 450 and GA 467 describe the module and its interface to
// those who build readers, and every reader comes with its maker's closed library. A reader is connected by implementing
// IDCardReader over that library.
//
// What is connected where is data of each machine, in the file devices.json of its data folder (Config).
package device
