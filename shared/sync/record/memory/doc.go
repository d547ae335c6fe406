// SPDX-License-Identifier: Apache-2.0

// Package memory is a record.Store without a disk, for the gallery, for tests of
// screens and rules, and as the plainest statement of what a Store does. It
// behaves like a device that is always online: every act is accepted at once,
// with a version, an outcome and a history. [Store.Show] puts rows on stage that
// need a server or a conflict to come about.
package memory
