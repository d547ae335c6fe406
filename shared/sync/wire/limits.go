// SPDX-License-Identifier: Apache-2.0

package wire

// The limits of messages, beside those of package record.
const (
	// MaxMessage is the size in bytes above which a message is refused; a
	// websocket's read limit.
	MaxMessage = 4 << 20

	// MaxRowsBytes is the size in bytes of encoded rows; MaxRows their number.
	MaxRowsBytes = 2 << 20
	MaxRows      = 8192

	// MaxListed is how many records a Repair lists.
	MaxListed = 65536

	// MaxChunks is how many chunks a snapshot has, MaxChunkBytes the size of one
	// and MaxPieceBytes that of the data of a piece.
	MaxChunks     = 65536
	MaxChunkBytes = 16 << 20
	MaxPieceBytes = 256 << 10
)
