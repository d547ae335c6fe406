#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Prints the manuals of assets/manual as PDF, with the screens as the gallery paints them:
#
#   .ci/manual.sh OUT BIN     BIN holds agent and kiosk
#
# A picture that a manual shows and no scene paints stops it, and so does a quick card that grew over its page.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
readonly out=$1 bin=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fail() {
    printf '%s\n' "$@" >&2
    exit 1
}

cp assets/manual/*.html assets/manual/*.css "$work/"
pictures=$(grep -oh 'src="shots/normal/[^"]*\.png"' "$work"/*.html | sed 's,.*/,,; s/\.png"$//' | sort -u)
for picture in $pictures; do # agent-households: the scene agent/households
    "$bin/${picture%%-*}" gallery -shot "$work/shots" -scenes "${picture%%-*}/${picture#*-}"
done
mkdir -p "$out"
for page in "$work"/*.html; do
    name=$(basename "$page" .html)
    grep -o 'src="[^"]*"' "$page" | cut -d'"' -f2 | while read -r picture; do
        [ -f "$work/$picture" ] || fail "$name.html shows $picture, which no scene paints any more."
    done
    chromium --headless --no-sandbox --disable-gpu --allow-file-access-from-files --no-pdf-header-footer \
        --user-data-dir="$work/chromium" --print-to-pdf="$out/$name.pdf" "file://$page" >"$work/log" 2>&1 ||
        fail "$(tail -n 5 "$work/log")"
    pages=$(pdfinfo "$out/$name.pdf" | awk '/^Pages:/ { print $2 }')
    case $name in
        *-card) [ "$pages" -eq 1 ] || fail "$name has $pages pages; a quick card is one." ;;
    esac
done
