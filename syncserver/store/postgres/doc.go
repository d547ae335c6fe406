// SPDX-License-Identifier: Apache-2.0

// Package postgres is the database of a central store on PostgreSQL, for what one file of SQLite has outgrown. The tables
// are those of package sqlite, described in sql/; the keys stay in files of the server's own, apart from the data.
package postgres
