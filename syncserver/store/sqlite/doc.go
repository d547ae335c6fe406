// SPDX-License-Identifier: Apache-2.0

// Package sqlite is the database of a central store as a file of SQLite, the default, and what every store has in such
// files: its keys and its backups. The tables are described in sql/.
package sqlite
