// SPDX-License-Identifier: Apache-2.0

// Package resident is the page that a phone opens after scanning a doorplate:
// /D/<token>. A resident leaves a loan demand, finds its state again, and reads
// what happens to their data, without login, cookie or script. What the village tells
// and what earns points is for everybody; their own points and demands are for who has
// proved who they are.
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
// # Who it is
//
// Nothing personal is shown before a proof (access.Prover): a code by text message, or
// a government's identity provider; a server may have neither. Then, and for whoever
// proves nothing, a demand is 待核实 until an officer or the village looks into it; one
// whose applicant has proved their phone or name is registered by the desk. A proof
// opens what is one's own (person.go): the household behind the plate whose records have
// the phone or identity number, and demands made with the phone. It does not open a
// neighbour's door. A page that shows something personal is wrapped in personal, and
// who came in, who tried to, and what they read is in the audit log (Config.Note).
//
// What is recorded about them they read and object to as at a kiosk with their file card:
// the objection is answered within the days of the policy, counted from when it was handed in.
//
// # What is not handed in
//
// The browser keeps what is typed into the form and says that it is 尚未提交; the server
// keeps it for some days if asked to, under a number and a lookup code, to go on at
// another phone. The number alone tells nothing, as above (draft.go).
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
//	GET, POST  /D/<token>/NOTICES   what is told; that it was read
//	GET        /D/<token>/POINTS    civic points
//	GET, POST  /D/<token>/CONSENT   one's consents, personal; withdraws one
//	GET, POST  /D/<token>/FILE      what is recorded about one, personal; objects to it
//	GET        /D/<token>/MINE      one's demands, personal
//	GET, POST  /D/<token>/PROVE     the proof of who it is
//	POST       /D/<token>/WITHDRAW  from the page with the state
//	POST       /D/<token>/LEAVE     ends the proof
//	GET        /D/PROVEN            where the identity provider sends people back
//
// Upper or lower case. ?l=en is English. Nothing personal is ever in a path, a
// query or a log line.
package resident
