// SPDX-License-Identifier: Apache-2.0

package seal_test

import (
	"fmt"

	"yuexin/shared/sync/seal"
)

// A device forgets nothing when its user forgets the passphrase: two administrators
// give the data key back, and neither could have done it alone.
func Example_recovery() {
	anna := must(seal.NewAdmin(seal.Default, source(1)))
	bo := must(seal.NewAdmin(seal.Default, source(2)))
	roster := []seal.AdminPublic{must(anna.Public()), must(bo.Public())}

	// While the device was unlocked it made an escrow, which lies on its disk.
	dataKey := must(seal.NewKey(seal.Default, source(3)))
	escrow := must(seal.NewEscrow(source(4), [16]byte{1}, dataKey, roster))

	// The passphrase is forgotten. The device shows a challenge and four words.
	challenge, state, err := seal.NewChallenge(source(5), escrow, roster[0].ID(), roster[1].ID())
	if err != nil {
		panic(err)
	}
	first, second, firstPublic := anna, bo, roster[0]
	if challenge.First != roster[0].ID() {
		first, second, firstPublic = bo, anna, roster[1]
	}

	// Each administrator compares the words with the user, then takes their step.
	partial := must(seal.Approve1(source(6), first, challenge))
	fmt.Println("same words:", partial.Phrase() == challenge.Phrase())
	response := must(seal.Approve2(source(7), second, firstPublic, partial))

	key := must(seal.Recover(state, response))
	fmt.Println("same key:", key.Equal(dataKey))
	fmt.Println("printed:", key)
	// Output:
	// same words: true
	// same key: true
	// printed: [secret]
}
