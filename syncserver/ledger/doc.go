// SPDX-License-Identifier: Apache-2.0

// Package ledger reads an existing ledger (台账) of households, an Excel or CSV file as offices keep it, and brings it
// into the store.
//
// Open recognises the file, its encoding, the header (also one of two rows with merged cells) and the columns by their
// Chinese names; the synonyms are data in columns.json. Check is the dry run: it judges every row and changes nothing.
// Apply writes what Check found good. WriteBack writes a copy of the file with an extra column 导入结果.
//
// A household is recognised by the head's resident id within its village, so that the same file imported twice changes
// nothing the second time.
package ledger
