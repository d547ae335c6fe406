// SPDX-License-Identifier: Apache-2.0

// Package formhtml draws a forms.Form as a web page without script: the same session as in windows, questions as radio
// buttons, lists, boxes to tick and text, errors beside the field and in a summary at the top, rows that are added and
// taken out by submit buttons.
//
// Every submit is judged here. A question that does not apply is not shown; which ones apply changes with every submit and,
// in browsers whose style sheets can tell (":has"), at a touch, by the rules of [View.CSS]. What was typed into a question
// that does not apply any more is kept, and counts for nothing.
//
// The page around it brings the form element, its hidden fields, its button, and the style: classes f, l, help, opts, opt,
// why, wrong and waits are those of syncserver/web/resident; first is the button that the Enter key presses, out of sight, so
// that it never takes out a row.
package formhtml
