#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# What the X server of a kiosk's machine runs, and nothing beside it: no window manager, no panel, no terminal. When the
# kiosk ends, the X server ends, and systemd starts both anew (yuexin-kiosk.service).
set -eu
xset s off -dpms # the display stays lit; the kiosk's own pages are dark where nobody stands
exec /usr/bin/yuexin-kiosk --session
