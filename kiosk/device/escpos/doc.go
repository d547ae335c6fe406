// SPDX-License-Identifier: Apache-2.0

// Package escpos drives receipt printers that speak ESC/POS: it lays a Sheet out for a Profile, sends the bytes to a Port
// and says truthfully what became of them.
//
// # Commands
//
// The commands and their bits are those of Epson's "ESC/POS Command Reference" (download4.epson.biz/sec_pubs/pos/reference_en/escpos)
// and, where Chinese printers differ, of the manuals of the HPRT TP80K and the Zijiang ZJ-58:
//
//	ESC @            initialise; clears the print buffer, not the receive buffer
//	GS a 0           no automatic status back, whose bytes would be mistaken for answers
//	FS & / FS .      two bytes are one Chinese character / every byte is its own
//	GS ! n, FS ! n   size of all, and of Chinese characters: a printer that knows only one of them obeys that one; where both
//	                 count, the later of equal settings changes nothing
//	ESC E n, ESC a n emphasis, alignment
//	GS ( k           QR code: functions 165 model, 167 module, 169 level, 180 data, 181 print
//	GS v 0           raster picture, one bit a dot, whole bytes a row
//	GS V 66 n        feed to the knife and cut
//	DLE EOT n        real time: 1 printer, 2 why offline, 3 error, 4 paper; one byte answers
//	GS r 1           paper sensor, answered once everything before it was processed: that is how Print knows
//	DLE DC4 8 …      real time: clear the buffers; DLE ENQ 2 does so in an error
//
// Widths in dots and columns are those of escpos-printer-db (github.com/receipt-print-hq/escpos-printer-db), from which
// python-escpos too takes them: font A is 12×24, a Chinese character 24×24 dots; 80 mm paper has 576 dots and 48 columns
// (TM-T70II-CH), 58 mm paper 384 dots and 32 columns (ZJ-5870).
//
// # What came out
//
// A printer that runs out of paper stops in the middle and prints the rest once there is paper again. So Print never repeats
// anything by itself: it says what may lie in the tray (Outcome), asks the printer to forget the rest, and leaves it to the
// caller to print again, with a mark on what is printed again.
package escpos
