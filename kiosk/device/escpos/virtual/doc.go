// SPDX-License-Identifier: Apache-2.0

// Package virtual is a receipt printer without a machine: it takes ESC/POS as a printer does, byte by byte, obeys what package
// escpos sends, refuses what it does not know, and shows what came out as text and as a picture. Its paper can end, its cover
// be opened and its answers be switched off.
package virtual
