// SPDX-License-Identifier: Apache-2.0

// Package finder decides whether a record answers a query: by equal values of
// indexed fields, and by searched text, its pinyin, or the initials of its
// pinyin. It is what a device does in memory over opened records; the server
// asks its database instead.
package finder
