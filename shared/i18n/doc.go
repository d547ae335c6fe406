// SPDX-License-Identifier: Apache-2.0

// Package i18n turns text keys into sentences in the reader's language: simplified Chinese first, English second.
//
// Texts are files <language>/*.json, flat maps from key to text. A text has places in braces, "{n} 条待上传". Where English
// counts, a key has the two forms key.one and key.other instead, chosen by the argument n. A key that is missing
// everywhere shows as ⟦key⟧ and is remembered, so that a test that drew every screen can ask for Missing.
package i18n
