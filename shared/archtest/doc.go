// SPDX-License-Identifier: Apache-2.0

// Package archtest holds the rules about the source tree itself: who may
// import whom, what pure packages must not do, how packages are called and
// which form every file has.
//
// A rule is a name, a reason and a function from the parsed tree to the places
// that break it. The package's test runs every rule over the module, and
// runs it over small made-up trees too, so that each rule is seen to fail.
//
// Only the text is read, never the type checker: all files count, whatever
// their build constraints, a rule costs milliseconds, and a package that does
// not exist yet breaks nothing. Files under a "//go:build ignore" line are
// stand-alone generators; the rules of form apply to them, the import rules
// do not.
//
// The files: tree.go reads, graph.go follows imports, rule.go lists the rules,
// imports.go, purity.go, names.go and form.go hold one concern each.
package archtest
