#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Runs a long, silent command and says every few seconds that it still works:
#
#   .ci/progress.sh "building" go build -v -o bin/ ./agent ./kiosk ./syncserver
#
# The command's output is kept back; lines in it are counted, since "go build
# -v" prints one per package and "go mod download -x" one per step. When the
# command fails, its output is printed, and the exit code is the command's.
set -euo pipefail

readonly every=${PROGRESS_EVERY:-5} # seconds between two lines
readonly label=$1
shift

log=$(mktemp)
child=
trap 'rm -f "$log"' EXIT
trap '[ -z "$child" ] || kill "$child" 2>/dev/null || true; exit 130' INT TERM

# report prints one line: what, how long already, how many lines of output.
report() {
    printf '   … %s: %d s, %d steps done\n' "$label" "$SECONDS" "$(wc -l <"$log")" >&2
}

# Package names alone on a line, and the addresses of modules, say nothing about a failure.
print_failure() {
    printf '   %s failed:\n' "$label" >&2
    grep -Ev '^([A-Za-z0-9._/~-]+|# get .*)$' "$log" | tail -n 60 >&2 || true
}

"$@" >"$log" 2>&1 &
child=$!
next=$every
while kill -0 "$child" 2>/dev/null; do
    sleep 0.2
    if [ "$SECONDS" -ge "$next" ]; then
        report
        next=$((SECONDS + every))
    fi
done

code=0
wait "$child" || code=$?
[ "$code" -eq 0 ] || print_failure
exit "$code"
