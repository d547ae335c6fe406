// SPDX-License-Identifier: Apache-2.0

package pinyin

import "slices"

const (
	// wordCost is the weight that one more word in a sentence costs: 8·log₂ of the occurrences in the word list's corpus,
	// some 2²⁵, so that the weights of a sentence add up like the logarithms of probabilities.
	wordCost = 200

	maxSentences = 3 // sentences that are kept on the way and offered
	maxChoices   = 4 // words with the same letters that are tried in a sentence
)

// sentences returns the likeliest rows of words for the whole input, two words or more.
func (q *query) sentences() []draft {
	n := len(q.letters)
	ways := make([][]piece, n+1) // the best sentences up to each position
	for pos := range n {
		if pos > 0 && len(ways[pos]) == 0 {
			continue
		}
		for _, word := range q.pieces(Words, pos, maxChoices, false) {
			if pos == 0 {
				word.score -= wordCost
				ways[word.end] = append(ways[word.end], word)
				continue
			}
			for _, before := range ways[pos] {
				ways[word.end] = append(ways[word.end], before.and(word, wordCost))
			}
		}
		ways[pos+1] = best(ways[pos+1], maxSentences)
	}
	if len(ways[n]) == 0 {
		return nil
	}
	// Exact ones stand first, and no other is wanted then.
	least := ways[n][0].quality()
	found := slices.DeleteFunc(ways[n], func(p piece) bool { return p.quality() > least })
	return q.drafts(found)
}
