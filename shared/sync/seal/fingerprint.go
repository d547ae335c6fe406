// SPDX-License-Identifier: Apache-2.0

package seal

import (
	_ "embed"
	"encoding/binary"
	"strings"

	"golang.org/x/crypto/argon2"
)

// The list: 2,048 common words of two characters, in code point order. No two of
// them sound alike, even to southern ears (zh/z, ch/c, sh/s, n/l, r/l, hu/f, -n/-ng
// and tones taken as the same), and none is the reverse of another. It may never
// change: an old device and a new server must show the same words. Chosen from the
// dictionary of github.com/go-ego/gse (Apache-2.0) by frequency.
//
//go:embed words_zh.txt
var wordsZH string

const (
	phraseWords = 4
	wordBits    = 11
	wordCount   = 1 << wordBits
)

var chineseWords = strings.Fields(wordsZH)

// Fingerprint returns the digest by which a public key is known.
func Fingerprint(key interface{ Encode() []byte }) Digest {
	return Sum("fingerprint", key.Encode())
}

// Phrase is a digest as four words that two people compare aloud. Values compare
// with ==.
//
// It has 44 bits. To be taken for another key, an attacker needs a key of their own
// with the same phrase (a second preimage): on average 2⁴⁴ tries, because nobody else
// chooses the phrase. Each try costs one Argon2id with 19 MiB and is worth something
// only for the session it was made for, so it must succeed between the moment the
// session is known and the comparison, at most the hour a code lives. At a generous
// 10,000 tries a second for one graphics card that is 480,000 cards for the whole
// hour. A plain SHA-256 of the key would fall to one card in a quarter of an hour,
// hence the Argon2id.
//
// HAZARD: it protects only if the session is fresh. Words that never change for a
// long-lived server key can be prepared for during years.
type Phrase [phraseWords]uint16

// The cost of one phrase, OWASP's lower bound for Argon2id: 19 MiB, two passes, one
// thread; about 20 ms. Part of the format: never changed.
const (
	phraseTime      = 2
	phraseMemoryKiB = 19 * 1024
)

// NewPhrase returns the phrase of a fingerprint for one comparison. session is what
// makes the comparison fresh: the one-time code of an enrolment, the nonce of a
// recovery. Both sides use the same.
func NewPhrase(fingerprint Digest, session []byte) Phrase {
	salt := Sum("phrase", session)
	stretched := argon2.IDKey(fingerprint[:], salt[:], phraseTime, phraseMemoryKiB, 1, 8)
	bits := binary.BigEndian.Uint64(stretched)
	var p Phrase
	for i := range p {
		bits, p[i] = bits<<wordBits, uint16(bits>>(64-wordBits))
	}
	return p
}

// String returns the four Chinese words with spaces between.
func (p Phrase) String() string {
	return p.join(func(n uint16) string { return chineseWords[n] })
}

// Latin returns the same four numbers as pronounceable syllables, such as
// "bafo kizu tado mila", for readers of no Chinese.
func (p Phrase) Latin() string { return p.join(latinWord) }

func (p Phrase) join(word func(uint16) string) string {
	words := make([]string, 0, phraseWords)
	for _, n := range p {
		words = append(words, word(n%wordCount))
	}
	return strings.Join(words, " ")
}

// latinWord spells eleven bits as consonant (3), vowel (2), consonant (4), vowel (2),
// with the letters of proquints (Wilkerson, arXiv:0901.4016).
func latinWord(n uint16) string {
	const first, second, vowels = "bdfgkmst", "bdfghjklmnprstvz", "aiou"
	return string([]byte{first[n>>8&7], vowels[n>>6&3], second[n>>2&15], vowels[n&3]})
}
