#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Writes ../gendict/strokes.txt anew from the two packages that README.md of assets/pinyin names. The result is the same
# bytes every time: both versions are pinned. Needs apt-get (Debian 12), npm and go.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -q rime-data-stroke=0.0~git20230204.c8bc405-1
dpkg -x rime-data-stroke_*.deb .
npm pack --silent cnchar-order@3.2.6 >/dev/null
tar xzf cnchar-order-3.2.6.tgz
cd "$here"
go run . -rime "$work/usr/share/rime-data/stroke.dict.yaml" -cnchar "$work/package/cnchar.order.min.js" \
	>"$work/strokes.txt"
mv "$work/strokes.txt" ../gendict/strokes.txt
