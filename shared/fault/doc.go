// SPDX-License-Identifier: Apache-2.0

// Package fault gives errors their meaning.
//
// An error has two readers. The program decides on its [Kind]: a short fixed
// list of meanings, each with one wire code and one HTTP status. The person
// reads a prepared, translated sentence chosen by the message key, and a hint,
// chosen by the hint key, that says what to do next. Everything else an error
// carries (the wrapped cause, the steps it passed on its way up) is for the log.
//
// Rules:
//
//  1. Use [New] where someone decides on the meaning or reads the message;
//     elsewhere wrap with %w or [Wrap] and name the step that failed.
//  2. An error without a Kind is [Internal]: its detail goes to the log only and
//     the person reads the sentence "fault.internal".
//  3. Error strings, log values and Args carry no personal data. A value that is
//     personal but must be shown on screen goes through [Error.WithPersonal].
//  4. Do not pass strconv or time parse errors as cause when the input is
//     personal: they quote it.
package fault
