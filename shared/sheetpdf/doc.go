// SPDX-License-Identifier: Apache-2.0

// Package sheetpdf draws a form as the paper that a village knows, the 信息采集表: A4, sections in a grid of names and
// answers, boxes to tick, tables for what repeats, the wording of each consent, a place for everybody who signs. The sheet
// is blank, or it shows the answers of a record. Every page has the code of package sheet in its corner, by which a signed
// page finds its record again.
//
// The same order gives the same bytes. A document holds personal data in clear: who has one written says so to whoever
// asked for it.
//
// The files: record.go makes the order for a record's sheet, sheet.go draws its pages, grid.go its rows and cells, answer.go
// what stands in the cell of an answer, rows.go the tables, text.go lines of text.
package sheetpdf
