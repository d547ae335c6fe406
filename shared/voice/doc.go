// SPDX-License-Identifier: Apache-2.0

// Package voice says what a kiosk says: a list of scripts, each with an id and its text in Mandarin, Cantonese and English,
// cut into the pieces that somebody records. A piece with a clip is played, the others are for a speech synthesizer.
//
// A text may have places for values: {amount:money}, {day:date}, {n:count}, {number:digits} and {who:name}. A value is read
// by rule out of words that are recorded once: 35,000元 is 三 万 五 千 元. Only a name has no recording.
//
// Amounts, dates, digits and names are a person's own: Parse refuses them in a script that is not "asked", that is, said only
// after the person asked for it on that very screen.
package voice
