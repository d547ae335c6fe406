#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Makes a machine ready, with nothing before it but Go and make:
#
#   .ci/setup.sh build    what building the three programs needs
#   .ci/setup.sh test     that, and what the tests drive: a display, a browser, …
#   .ci/setup.sh dist     what building and packing need: the compiler for Windows, …
#
# In this order: Go's version, system packages, Go modules. What it can mend it
# mends (system packages, through apt); for the rest it prints the exact lines
# to type and stops. It writes nothing into the tree, and only apt runs as root.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
readonly root
readonly purpose=${1:-build}
readonly patience=${SETUP_PATIENCE:-60} # seconds for the first module

# What to look for, and the package that brings it, one line each:
# purpose | probe | apt | dnf | pacman
# Probes: cmd:NAME a program; pc:NAME a library known to pkg-config; header:NAME
# a C header; and file:PATTERN, PATTERN, … one file that matches. The order matters: the
# libraries can be looked for only once pkg-config is there, so when it is
# missing they count as missing too.
readonly packages='
build | cmd:gcc          | gcc             | gcc                    | gcc
build | header:stdlib.h  | libc6-dev       | glibc-devel            | glibc
build | cmd:pkg-config   | pkg-config      | pkgconf-pkg-config     | pkgconf
build | pc:gl            | libgl1-mesa-dev | mesa-libGL-devel       | libglvnd
build | pc:x11           | libx11-dev      | libX11-devel           | libx11
build | pc:xcursor       | libxcursor-dev  | libXcursor-devel       | libxcursor
build | pc:xrandr        | libxrandr-dev   | libXrandr-devel        | libxrandr
build | pc:xinerama      | libxinerama-dev | libXinerama-devel      | libxinerama
build | pc:xi            | libxi-dev       | libXi-devel            | libxi
build | pc:xxf86vm       | libxxf86vm-dev  | libXxf86vm-devel       | libxxf86vm
test  | cmd:Xvfb         | xvfb            | xorg-x11-server-Xvfb   | xorg-server-xvfb
test  | cmd:xauth        | xauth           | xorg-x11-xauth         | xorg-xauth
test  | cmd:xdotool      | xdotool         | xdotool                | xdotool
test  | cmd:dbus-daemon  | dbus-daemon     | dbus-daemon            | dbus
test  | cmd:fcitx5       | fcitx5          | fcitx5                 | fcitx5
test  | file:/usr/share/fcitx5/inputmethod/pinyin.conf | fcitx5-pinyin | fcitx5-chinese-addons | fcitx5-chinese-addons
test  | cmd:chromium     | chromium        | chromium               | chromium
test  | cmd:zbarimg      | zbar-tools      | zbar                   | zbar
test  | file:/usr/lib/postgresql/*/bin/initdb /usr/bin/initdb | postgresql | postgresql-server | postgresql
test  | cmd:pdftoppm     | poppler-utils   | poppler-utils          | poppler
test  | cmd:import       | imagemagick     | ImageMagick            | imagemagick
test  | file:/usr/lib*/dri/swrast_dri.so /usr/lib/*/dri/swrast_dri.so /usr/lib/*/libgallium* | libgl1-mesa-dri | mesa-dri-drivers | mesa
dist  | cmd:x86_64-w64-mingw32-gcc | gcc-mingw-w64-x86-64 | mingw64-gcc | mingw-w64-gcc
dist  | cmd:dpkg-deb     | dpkg            | dpkg                   | dpkg
dist  | cmd:objdump      | binutils        | binutils               | binutils
dist  | cmd:file         | file            | file                   | file
dist  | cmd:xz           | xz-utils        | xz                     | xz
dist  | cmd:zip          | zip             | zip                    | zip
dist  | cmd:lintian      | lintian         | lintian                | -
dist  | cmd:desktop-file-validate | desktop-file-utils | desktop-file-utils | desktop-file-utils
dist  | cmd:chromium     | chromium        | chromium               | chromium
test  | file:/usr/share/fonts/*/*/*CJK* /usr/share/fonts/*CJK*/* /usr/share/fonts/*/*/DroidSansFallback* | fonts-droid-fallback | google-droid-sans-fonts | noto-fonts-cjk
'

main() {
    case $purpose in
        build | test | dist) ;;
        *) fail "usage: .ci/setup.sh build|test|dist" ;;
    esac
    cd "$root"
    refuse_sudo
    check_go
    check_system_packages
    check_modules
}

say() { printf '%s\n' "$*" >&2; }

# fail prints its arguments, one line each, and stops.
fail() {
    printf '%s\n' "$@" >&2
    exit 1
}

have() { command -v "$1" >/dev/null 2>&1; }

is_root() { [ "$(id -u)" -eq 0 ]; }

# sudo_word is "sudo " where the lines we print need it.
sudo_word() { is_root || printf 'sudo '; }

# Under "sudo make" everything built would belong to root.
refuse_sudo() {
    if is_root && [ -n "${SUDO_UID:-}" ] && [ "$SUDO_UID" != 0 ]; then
        fail "Please run make without sudo: it asks for the password itself when it installs packages," \
            "and nothing in this folder should belong to root."
    fi
}

# --- Go ---------------------------------------------------------------------

# check_go compares Go's version with the go line of go.mod. A Go that fetches
# newer versions of itself answers with the version it has fetched.
check_go() {
    local need found
    need=$(awk '$1 == "go" { print $2; exit }' go.mod)
    if ! have go; then
        say "Go is not in the PATH; Yuexin needs Go $need or newer."
        if [ -x /usr/local/go/bin/go ] && go_is_at_least "$need" /usr/local/go/bin/go; then
            say "It is in /usr/local/go already. Type these lines, then run make again:"
            say ""
            path_lines
            exit 1
        fi
        install_lines "$need"
        exit 1
    fi
    if ! go_is_at_least "$need" go; then
        found=$(go_version go)
        say "Yuexin needs Go $need or newer, but $(command -v go) is ${found:-of an unknown version}."
        install_lines "$need"
        exit 1
    fi
}

# go_version prints the version of the go command $1, as in 1.26.0.
go_version() {
    "$1" version 2>/dev/null | sed -n 's/^go version go\([0-9][0-9.]*\).*/\1/p'
}

go_is_at_least() {
    local need=$1 found
    found=$(go_version "$2")
    [ -n "$found" ] && [ "$(printf '%s\n' "$need" "$found" | sort -V | head -n 1)" = "$need" ]
}

# install_lines prints what to type to get Go $1.
install_lines() {
    local arch archive
    case $(uname -s)/$(uname -m) in
        Linux/x86_64 | Linux/amd64) arch=amd64 ;;
        Linux/aarch64 | Linux/arm64) arch=arm64 ;;
        *)
            say "Get it from https://go.dev/dl/ (or https://golang.google.cn/dl/) for this machine,"
            say "then run make again."
            return
            ;;
    esac
    archive=go$1.linux-$arch.tar.gz
    say "Type these lines, then run make again:"
    say ""
    have wget || have curl || say "    $(sudo_word)apt-get install -y wget"
    if have curl && ! have wget; then
        say "    curl -fL -o /tmp/$archive https://go.dev/dl/$archive"
    else
        say "    wget -P /tmp https://go.dev/dl/$archive"
    fi
    say "    $(sudo_word)rm -rf /usr/local/go"
    say "    $(sudo_word)tar -C /usr/local -xzf /tmp/$archive"
    path_lines
    say ""
    say "If go.dev does not answer, take https://golang.google.cn/dl/$archive instead."
}

path_lines() {
    say "    echo 'export PATH=/usr/local/go/bin:\$PATH' >> ~/.profile"
    say "    export PATH=/usr/local/go/bin:\$PATH"
}

# --- system packages --------------------------------------------------------

check_system_packages() {
    local missing
    missing=$(missing_packages 3)
    [ -n "$missing" ] || return 0
    if have apt-get; then
        # shellcheck disable=SC2086 # package names, one word each
        install_with_apt $missing
        missing=$(missing_packages 3)
        # shellcheck disable=SC2086
        [ -z "$missing" ] || fail "Still missing after the installation:" "    "$missing
        return 0
    fi
    explain_other_systems
}

# missing_packages prints the missing packages, by their names in column $1 of
# the table, on one line.
missing_packages() {
    local column=$1 row for_purpose probe names=()
    while IFS= read -r row; do
        [ -n "$row" ] || continue
        for_purpose=$(cell "$row" 1)
        probe=$(cell "$row" 2)
        [ "$for_purpose" = build ] || [ "$for_purpose" = "$purpose" ] || continue
        found "$probe" || names+=("$(cell "$row" "$column")")
    done <<<"$packages"
    printf '%s' "${names[*]-}"
}

# cell prints column $2 of the table row $1, without the spaces around it.
cell() { printf '%s' "$1" | cut -d'|' -f"$2" | sed 's/^ *//; s/ *$//'; }

# found runs one probe.
found() {
    local what=${1#*:}
    case $1 in
        cmd:*) have "$what" ;;
        pc:*) have pkg-config && pkg-config --exists "$what" ;;
        header:*) have gcc && printf '#include <%s>\n' "$what" | gcc -E - >/dev/null 2>&1 ;;
        file:*)
            compgen -G "${what%% *}" >/dev/null || { [ "$what" != "${what#* }" ] && found "file:${what#* }"; }
            ;;
    esac
}

# install_with_apt shows what is to be installed and how much that is, then
# installs it as root. The lists are fetched in the same step, so that sudo
# asks once only.
install_with_apt() {
    say "To $purpose Yuexin, these Debian packages are missing:"
    say "    $*"
    show_download_size "$@"
    local lines="apt-get update; DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends $*"
    if is_root; then
        sh -c "$lines" >&2 || fail_apt "$@"
    elif have sudo; then
        say "Installing them needs root: sudo may ask for your password, for apt only."
        sudo sh -c "$lines" >&2 || fail_apt "$@"
    else
        fail "Installing them needs root, and there is no sudo here. Ask an administrator to run:" "" \
            "    apt-get update" \
            "    apt-get install -y --no-install-recommends $*"
    fi
}

# show_download_size sums the sizes of the archives apt would fetch. On a new
# machine the lists are not there yet; then apt shows the size a moment later.
show_download_size() {
    local uris bytes count
    if uris=$(apt-get install --print-uris -qq --no-install-recommends "$@" 2>/dev/null); then
        count=$(printf '%s\n' "$uris" | grep -c "^'" || true)
        bytes=$(printf '%s\n' "$uris" | awk "/^'/ { sum += \$3 } END { printf \"%d\", sum }")
        say "With what they need themselves: $count packages, $(((bytes + 1048575) / 1048576)) MB to download."
    else
        say "(apt names the size once it has fetched its lists.)"
    fi
}

fail_apt() {
    fail "" "apt could not install the packages. Look at its message above; when no server answered, check the" \
        "network and /etc/apt/sources.list, then run make again. By hand:" "" \
        "    $(sudo_word)apt-get update" \
        "    $(sudo_word)apt-get install -y --no-install-recommends $*"
}

# explain_other_systems names the packages where there is no apt, and stops.
explain_other_systems() {
    say "To $purpose Yuexin, packages are missing that this script installs on Debian and its relatives only."
    if have dnf; then
        fail "Type:" "" "    $(sudo_word)dnf install $(missing_packages 4)"
    elif have pacman; then
        fail "Type:" "" "    $(sudo_word)pacman -S --needed $(missing_packages 5)"
    fi
    fail "Please install what is called on" \
        "    Debian: $(missing_packages 3)" \
        "    Fedora: $(missing_packages 4)" \
        "    Arch:   $(missing_packages 5)"
}

# --- Go modules -------------------------------------------------------------

# check_modules fetches the modules of go.mod. One small module goes first,
# with a time limit: where a source is blocked without an answer, the go
# command would wait for each module in turn.
check_modules() {
    timeout "$patience" "$root/.ci/progress.sh" "asking for Go modules" go mod download golang.org/x/time || explain_modules
    "$root/.ci/progress.sh" "fetching Go modules" go mod download -x || explain_modules
}

explain_modules() {
    fail "" "The Go modules could not be fetched from GOPROXY=$(go env GOPROXY)" \
        "If that source does not answer from here, set one that does, for example" "" \
        "    go env -w GOPROXY=https://goproxy.cn,direct" "" \
        "and if the checksum database does not answer either" "" \
        "    go env -w GOSUMDB=sum.golang.google.cn" "" \
        "then run make again. A GOPROXY in the environment wins over this setting: unset it first."
}

main
