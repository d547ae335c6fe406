#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Starts the officer's program on the data of whoever is logged in. A --dir among the arguments wins.
set -eu
data=${XDG_DATA_HOME:-$HOME/.local/share}/yuexin-agent
mkdir -p "${data%/*}"
case ${LC_ALL:-${LC_CTYPE:-${LANG:-}}} in
*[Uu][Tt][Ff]-8 | *[Uu][Tt][Ff]8) ;;
*) export LC_ALL=C.UTF-8 ;; # X11's input of Chinese needs a locale of UTF-8
esac
exec /usr/lib/yuexin/agent --dir "$data" "$@"
