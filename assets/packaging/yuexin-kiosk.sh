#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Starts the kiosk on the data of this machine. A --dir among the arguments wins.
set -eu
case ${LC_ALL:-${LC_CTYPE:-${LANG:-}}} in
*[Uu][Tt][Ff]-8 | *[Uu][Tt][Ff]8) ;;
*) export LC_ALL=C.UTF-8 ;;
esac
exec /usr/lib/yuexin/kiosk --dir /var/lib/yuexin-kiosk/data "$@"
