#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Vets and tests every package of the module, in two groups, since
# compiling Fyne for the race detector costs minutes:
#
#   .ci/test.sh TAGS RACE_FYNE TESTFLAGS…
#
# RACE_FYNE is -race to have it for both groups. Both groups always run; the
# exit code is 1 if either failed. Vetting compiles what the tests import, in
# the same variant, so it is the long and silent step on a new machine.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
readonly tags=$1 race_fyne=$2
shift 2

# packages prints each package with what it and its tests depend on, one a line.
packages() {
    go list -tags "$tags" -f '{{.ImportPath}} {{join .Deps " "}} {{join .TestImports " "}} {{join .XTestImports " "}}' ./...
}

# test_group runs one group, if it has a package: $1 is -race or nothing, $2 lists the packages.
test_group() {
    local race=$1 group=$2
    shift 2
    [ -n "$group" ] || return 0
    # shellcheck disable=SC2086 # one word per package
    .ci/progress.sh "vetting and compiling (the first time takes minutes)" go vet -v $race -tags "$tags" $group ||
        return 1
    # shellcheck disable=SC2086
    go test $race -vet=off "$@" $group
}

all=$(packages)
plain=$(grep -v ' fyne\.io/fyne/' <<<"$all" | cut -d' ' -f1 || true)
drawing=$(grep ' fyne\.io/fyne/' <<<"$all" | cut -d' ' -f1 || true)

failed=0
test_group -race "$plain" "$@" || failed=1
test_group "$race_fyne" "$drawing" "$@" || failed=1
exit "$failed"
