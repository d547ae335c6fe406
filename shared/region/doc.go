// SPDX-License-Identifier: Apache-2.0

// Package region knows the administrative divisions of Guangdong: every unit from province to village by its
// statistical code, its place in the tree, its full and short name, and a search by code, Chinese text or pinyin.
//
// The data is handed in (see Load); the package embeds nothing. A Tree never changes after loading and is safe for
// concurrent use. A region code is an attribute of a record, never its identity: villages merge and are renamed.
package region
