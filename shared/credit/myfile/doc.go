// SPDX-License-Identifier: Apache-2.0

// Package myfile lets a resident open what is recorded about their own household on a kiosk without a link: 我的档案.
//
// A file card (档案卡) is a printed secret of 128 bits. Whoever issues it, after looking at who is there, draws a key pair on
// the spot and seals its private half under the secret and a PIN that the resident chooses. Only the public half and the
// sealed private half leave the laptop: a [Request]. The server decides which card lives, seals a [File] to its public half
// whenever something of the household changes, and puts it beside the sealed private half in the village: a [Sheet]. A kiosk
// carries sheets as bytes that it cannot read; card and PIN together open one.
//
// What breaking this costs is in DESIGN.md.
package myfile
