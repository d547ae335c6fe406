// SPDX-License-Identifier: Apache-2.0

// Package resident is the page that a phone opens after scanning a doorplate:
// /D/<token>. A resident leaves a loan demand, finds its state again, and reads
// what happens to their data, without login, cookie or script.
//
// # What a scan tells
//
// Anyone can photograph a plate, so a scan shows what is printed on the plate
// and nothing else: never a name, never whether a household lives there or has
// asked for anything. The state of a demand needs two things that only the
// receipt's owner has: its number, and the tail of the phone number given or
// the short code of the household card. Whether the number or the second thing
// was wrong is not told, neither in words nor by the time it takes; wrong
// guesses make plate, address and receipt number wait longer and longer.
//
// # Twice is once
//
// A form carries the id of the demand it will become, signed for its plate. A
// form that is sent twice, by a shaking finger, a reload or a bad network,
// therefore finds its own demand and gets the same receipt.
//
// # Paths
//
//	GET        /D/<token>           what can be done here
//	GET, POST  /D/<token>/NEED      the form; the receipt
//	GET, POST  /D/<token>/STATE     the question; the state
//	GET        /D/<token>/DATA      how data are used
//	POST       /D/<token>/WITHDRAW  from the page with the state
//
// Upper or lower case. ?l=en is English. Nothing personal is ever in a path, a
// query or a log line.
package resident
