#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Rebuilds yuexin.ttf and characters.txt from Debian packages. Run it on Debian 12
# as a user who may install packages; it takes about a minute and gives the same
# bytes every time. README.md beside this file explains what goes in.
set -eu
cd "$(dirname "$0")"

missing=""
for package in fonts-noto-cjk fonts-noto-core python3-fonttools unicode-data; do
	dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'install ok' || missing="$missing $package"
done
if [ -n "$missing" ]; then
	echo "build.sh: installing$missing"
	sudo=""
	[ "$(id -u)" = 0 ] || sudo=sudo
	$sudo apt-get install -y $missing
fi

# The time stamp inside the font: the release date of the Noto source.
SOURCE_DATE_EPOCH=1643241600
export SOURCE_DATE_EPOCH
exec /usr/bin/python3 build.py
