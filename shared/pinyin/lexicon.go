// SPDX-License-Identifier: Apache-2.0

package pinyin

// node is one syllable on the way to words. Nodes stand in preorder: the first child follows its parent, and the next
// sibling stands at end.
type node struct {
	end      uint32 // the first node that is not below this one
	words    uint32 // the number of the first word read so
	count    uint16 // how many words are read so
	syllable uint16
}

// lexicon is a list of words by their reading. It never changes.
type lexicon struct {
	nodes []node
	// weights and starts have an entry per word; the text of word i is text[starts[i]:starts[i+1]].
	weights []uint8
	starts  []uint32
	text    string
}

func (l *lexicon) word(i uint32) string { return l.text[l.starts[i]:l.starts[i+1]] }
