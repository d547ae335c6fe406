#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Runs a command of the server as the server's own user, on its data: sudo yuexin-server enrol …
set -eu
command='exec /usr/lib/yuexin/syncserver "$@" --dir /var/lib/yuexin'
if [ "$(id -un)" = yuexin ]; then
    exec sh -c "$command" sh "$@"
fi
if [ "$(id -u)" -ne 0 ]; then
    echo "yuexin-server works on the server's data: please run it with sudo." >&2
    exit 1
fi
exec runuser -u yuexin -- sh -c "$command" sh "$@"
