#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Vets and tests every package of the module, in three groups:
#
#   .ci/test.sh TAGS RACE_FYNE TESTFLAGS…
#
# Packages with Fyne run without the race detector, since compiling Fyne for it
# costs minutes; RACE_FYNE is -race to have it there too. Of the others those
# run under it that can race: that start a goroutine themselves, in their tests
# or in anything of ours that their tests link. The rest is rules and formats
# that one goroutine computes, several times slower under the detector and with
# nothing for it to find; so are shared/e2e, which looks at pictures of programs
# that were built without it, and store/postgres, whose concurrency is that of
# store/central and which mostly waits for its server. All groups always run; the exit code is 1 if one
# failed. Vetting compiles what the tests import, in the same variant, so it is
# the long and silent step on a new machine.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
readonly tags=$1 race_fyne=$2
shift 2

# starts prints the packages of ours that start goroutines in the files that find's tests $@ pick.
starts() {
    local module
    module=$(go list -m)
    find . -name '*.go' "$@" -exec grep -lE '^[[:space:]]*go [[:alpha:]_]|\.Go\(' {} + |
        xargs -r -n 1 dirname | sort -u | sed "s,^\.,$module,"
}

# sort_packages prints each package behind the name of its group: draws, races or computes. What a package's tests link is
# listed once more for the package as its tests see it, "path [path.test]"; the bracket is of no use here.
sort_packages() {
    {
        starts ! -name '*_test.go' | sed 's/^/code /'
        starts -name '*_test.go' | sed 's/^/test /'
        go list -test -tags "$tags" -f '{{if not .ForTest}}list {{.ImportPath}} {{join .Deps " "}}{{end}}' ./...
    } | awk '
        $1 == "code" { code[$2] = 1; next }
        $1 == "test" { group[$2] = "races"; next }
        { path = $2; sub(/\.test$/, "", path); seen[path] = 1
          if (path in code && group[path] == "") group[path] = "races"
          for (i = 3; i <= NF; i++) {
              if ($i ~ /^fyne\.io\/fyne\//) group[path] = "draws"
              else if ($i in code && group[path] == "") group[path] = "races"
          } }
        path ~ /\/(shared\/e2e|store\/postgres)$/ { group[path] = "computes" }
        END { for (p in seen) print (group[p] == "" ? "computes" : group[p]), p }' | sort
}

# test_group runs one group, if it has a package: $1 is its name, $2 is -race or nothing.
test_group() {
    local group race=$2
    group=$(sed -n "s/^$1 //p" <<<"$packages")
    shift 2
    [ -n "$group" ] || return 0
    # shellcheck disable=SC2086 # one word per package
    .ci/progress.sh "vetting and compiling (the first time takes minutes)" go vet -v $race -tags "$tags" $group ||
        return 1
    # shellcheck disable=SC2086
    go test $race -vet=off "$@" $group
}

packages=$(sort_packages)
failed=0
test_group races -race "$@" || failed=1
test_group computes "" "$@" || failed=1
test_group draws "$race_fyne" "$@" || failed=1
exit "$failed"
