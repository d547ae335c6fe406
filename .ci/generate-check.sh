#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Runs "go generate" and fails if any file of the tree differs afterwards: what
# is generated and committed must be what its generator makes today.
#
#   .ci/generate-check.sh GOFLAGS…
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."

# fingerprint prints checksum and name of every file; what make builds and runs is left out.
fingerprint() {
    find . -path ./.git -prune -o -path ./bin -prune -o -path ./.demo -prune -o -type f -print0 | sort -z | xargs -0 sha256sum
}

before=$(fingerprint)
go generate "$@" ./...
after=$(fingerprint)

if [ "$before" != "$after" ]; then
    echo "go generate changes these files; generate and commit them:" >&2
    diff <(echo "$before") <(echo "$after") | awk '/^[<>]/ { print "    " $3 }' | sort -u >&2
    exit 1
fi
