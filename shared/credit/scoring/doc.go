// SPDX-License-Identifier: Apache-2.0

// Package scoring judges by points, and says why. It knows nothing of households, merchants or enterprises: a [Card] does.
//
// What was found is kept apart from what it is worth. A card's indicators turn records into findings: a value with its unit,
// the records it rests on, how old it is and how far it can be trusted. Its items turn findings into points, by bins, codes,
// a curve, a formula or the place among peers; vetoes, caps, ladders (grades, stars) and a limit follow from findings and
// points. The [Result] lists all of that, what would raise it most, and what stands in dispute or is out of date.
//
// A card is a JSON file (assets/scorecards). Expressions in it are of expr-lang/expr, compiled and type-checked when the card
// is parsed, with a limit on nodes, and run with a limit on memory. They know whole numbers, texts, truths and sets only:
// "/", "**" and fractions are refused, so that every machine comes to the same; div(a, b) divides and rounds half up (0 where
// b is 0), share(a, percent) is so many percent of a, least(a, b) and most(a, b) choose. In them
//
//   - an indicator's value sees the card's fields and sums by name, has_x says whether field or sum x is there, and the
//     indicators above it; year is the year of the policy date, days(d) how many days before it the day d was (0 for none), day(y, m, d) a day;
//   - all others see the indicators, missing_x for one that was not found, and what came of the steps before: score (whole
//     points), confidence (percent), the ladders by name, in a limit sofar and original.
//
// A card carries its own test cases; a card of which one fails does not parse.
//
// Everything is pure and whole-numbered: one card, one policy date and the same records give the same bytes on a kiosk, a
// laptop and the server.
package scoring
