#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Makes what is handed out, in dist/:
#
#   .ci/dist.sh TAGS
#
#   yuexin-agent_…_amd64.deb     the officer's program, with its desktop entry
#   yuexin-kiosk_…_amd64.deb     the kiosk: desktop entry for 粤智助, session and unit for a machine of its own
#   yuexin-server_…_amd64.deb    the server with its unit
#   yuexin-…-windows-amd64.zip   agent, kiosk and syncserver for Windows 10 (1607) or newer, Server 2016 or newer
#   manual/*.pdf                 quick cards and guides, with the screens of this version
#   SHA256SUMS
#
# What was checked and what could not be is said at the end, and in dist/CHECKED.txt.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
readonly tags=$1
readonly out=dist
readonly packaging=assets/packaging
version=$(sed -n 's/^const Version = "\(.*\)"$/\1/p' shared/verbs/verbs.go)
commit=$(git rev-parse --short=10 HEAD 2>/dev/null || echo unknown)
[ -z "$(git status --porcelain 2>/dev/null)" ] || commit=$commit.changed
SOURCE_DATE_EPOCH=$(git log -1 --format=%ct 2>/dev/null || date +%s)
export SOURCE_DATE_EPOCH # the same commit gives the same bytes
readonly version commit
readonly ldflags="-s -w"

main() {
    rm -rf "$out"
    mkdir -p "$out"
    stage=$(mktemp -d)
    trap 'rm -rf "$stage"' EXIT
    : >"$out/CHECKED.txt"
    linux
    windows
    arm
    manuals
    (cd "$out" && sha256sum -- *.deb *.zip >SHA256SUMS)
    say "" "In $out/:" "$(cd "$out" && ls -sh1 -- *.deb *.zip)" "" "$(cat "$out/CHECKED.txt")"
}

say() { printf '%s\n' "$@" >&2; }

# checked and unchecked note one line each of what is known of what was made.
checked() { printf 'checked      %s\n' "$*" >>"$out/CHECKED.txt"; }
unchecked() { printf 'not checked  %s\n' "$*" >>"$out/CHECKED.txt"; }

build() {
    local where=$1
    shift
    mkdir -p "$where"
    .ci/progress.sh "building for $(basename "$where") (the first time takes minutes)" \
        go build -v -trimpath -ldflags "$ldflags" -o "$where/" "$@"
}

# --- Debian -----------------------------------------------------------------

linux() {
    local bin=$stage/linux-amd64
    build "$bin" -tags "$tags" ./agent ./kiosk ./syncserver
    tree agent
    put 755 "$bin/agent" agent usr/lib/yuexin/agent
    put 755 $packaging/yuexin-agent.sh agent usr/bin/yuexin-agent
    put 644 $packaging/yuexin-agent.desktop agent usr/share/applications/yuexin-agent.desktop
    windowed agent
    deb agent "the credit officer's program, offline for days" \
        "libc6 (>= 2.34), libgl1, libx11-6, libxcursor1, libxi6, libxinerama1, libxrandr2, libxxf86vm1" "fcitx5 | ibus, libgl1-mesa-dri"

    tree kiosk
    put 755 "$bin/kiosk" kiosk usr/lib/yuexin/kiosk
    put 755 $packaging/yuexin-kiosk.sh kiosk usr/bin/yuexin-kiosk
    put 755 $packaging/yuexin-kiosk-session.sh kiosk usr/lib/yuexin/kiosk-session
    put 644 $packaging/yuexin-kiosk.desktop kiosk usr/share/applications/yuexin-kiosk.desktop
    put 644 $packaging/yuexin-kiosk.service kiosk lib/systemd/system/yuexin-kiosk.service
    put 644 $packaging/yuexin-kiosk-xorg.conf kiosk usr/share/doc/yuexin-kiosk/examples/90-yuexin-kiosk.conf
    windowed kiosk
    script kiosk postinst $packaging/yuexin-kiosk.postinst
    deb kiosk "the program of a 粤智助 machine in a village office" \
        "libc6 (>= 2.34), libgl1, libx11-6, libxcursor1, libxi6, libxinerama1, libxrandr2, libxxf86vm1, adduser" \
        "libgl1-mesa-dri, xinit, xserver-xorg, x11-xserver-utils, espeak-ng, alsa-utils"

    tree server
    put 755 "$bin/syncserver" server usr/lib/yuexin/syncserver
    put 755 $packaging/yuexin-server.sh server usr/bin/yuexin-server
    put 644 $packaging/yuexin-server.service server lib/systemd/system/yuexin-server.service
    put 644 $packaging/server.env server etc/yuexin/server.env
    put 644 $packaging/nginx.conf server usr/share/doc/yuexin-server/examples/nginx.conf
    put 644 $packaging/alerts.yml server usr/share/doc/yuexin-server/examples/alerts.yml
    put 644 $packaging/grafana.json server usr/share/doc/yuexin-server/examples/grafana.json
    conffiles server /etc/yuexin/server.env
    script server postinst $packaging/yuexin-server.postinst
    deb server "the server that merges what devices bring, with the residents' page and the console" "libc6 (>= 2.34), adduser" ""
    check_units
}

tree() { mkdir -p "$stage/deb-$1/DEBIAN"; }

# put copies a file into the tree of a package, with its mode.
put() { install -D -m "$1" "$2" "$stage/deb-$3/$4"; }

# windowed adds what a program with windows has: the icon.
windowed() { put 644 assets/web/mark.svg "$1" usr/share/icons/hicolor/scalable/apps/yuexin.svg; }

script() { put 755 "$3" "$1" "DEBIAN/$2"; }

conffiles() {
    local name=$1
    shift
    printf '%s\n' "$@" >"$stage/deb-$name/DEBIAN/conffiles"
}

# deb closes the tree of a package: NAME, what it is, what it needs, what it recommends.
deb() {
    local dir=$stage/deb-$1 package=yuexin-$1 size
    install -D -m 644 $packaging/copyright "$dir/usr/share/doc/$package/copyright"
    install -m 644 assets/fonts/OFL.txt "$dir/usr/share/doc/$package/OFL.txt"
    cat assets/pinyin/licences/* >"$stage/licences"
    install -m 644 "$stage/licences" "$dir/usr/share/doc/$package/LICENCES"
    size=$(du -sk --apparent-size "$dir" | cut -f1)
    {
        echo "Package: $package"
        echo "Version: $version+$commit"
        echo "Architecture: amd64"
        echo "Maintainer: Yuexin <yuexin@example.cn>"
        echo "Installed-Size: $size"
        echo "Depends: $3"
        [ -z "$4" ] || echo "Recommends: $4"
        echo "Section: misc"
        echo "Priority: optional"
        echo "Description: Yuexin (粤信), $2"
        echo " Credit collection for the villages of Guangdong that works without a network:"
        echo " nothing a person entered is lost or silently overwritten."
    } >"$dir/DEBIAN/control"
    find "$dir" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
    dpkg-deb --root-owner-group -Zxz --build "$dir" "$out/${package}_${version}+${commit}_amd64.deb" >/dev/null
    check_deb "$package" "$dir"
}

# check_deb compares the libraries a program was linked with to what its package says it needs, and lets lintian look.
check_deb() {
    local package=$1 file so owner
    file=$(echo "$out/$package"_*.deb)
    for so in $(find "$2/usr/lib/yuexin" -type f -exec sh -c 'file -b "$1" | grep -q ELF && objdump -p "$1"' _ {} \; | awk '$1 == "NEEDED" { print $2 }' | sort -u); do
        owner=$(dpkg -S "*/$so" 2>/dev/null | head -n 1 | cut -d: -f1)
        grep -q "^Depends:.*\b${owner:-nobody}\b" "$2/DEBIAN/control" || {
            say "$package was linked with $so of ${owner:-no package}, which it does not name."
            exit 1
        }
    done
    checked "$package names every library it was linked with"
    if command -v lintian >/dev/null; then
        lintian --fail-on error --suppress-tags "$(tr '\n' , <$packaging/lintian-tags)" "$file" >&2
        checked "$package passes lintian, but for what $packaging/lintian-tags names"
    else
        unchecked "$package was not looked at by lintian, which is not here"
    fi
}

check_units() {
    if command -v desktop-file-validate >/dev/null; then
        desktop-file-validate $packaging/*.desktop
        checked "the desktop entries, by desktop-file-validate"
    else
        unchecked "the desktop entries: desktop-file-validate is not here"
    fi
    unchecked "a machine of its own (yuexin-kiosk.service): it needs a display that is not here"
}

# --- Windows ----------------------------------------------------------------

# windows builds with Debian's mingw-w64. The programs have a console, since they have commands too; one that opens windows
# leaves the console that a double click gave it.
windows() {
    local cc=x86_64-w64-mingw32-gcc name=yuexin-$version+$commit-windows-amd64
    if ! command -v $cc >/dev/null; then
        say "For Windows, install mingw-w64: apt-get install gcc-mingw-w64-x86-64"
        exit 1
    fi
    GOOS=windows GOARCH=amd64 CGO_ENABLED=1 CC=$cc build "$stage/$name" -tags migrated_fynedo ./agent ./kiosk ./syncserver
    cp LICENSE "$stage/$name/"
    find "$stage/$name" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
    (cd "$stage" && zip -q -X -r - "$name") >"$out/$name.zip"
    imports "$stage/$name"
    unchecked "the programs for Windows were not run: there is no Windows here"
}

# imports fails if a program needs a library that Windows does not bring itself.
imports() {
    local dll
    for dll in $(x86_64-w64-mingw32-objdump -p "$1"/*.exe | awk '/DLL Name:/ { print tolower($3) }' | sort -u); do
        case $dll in
            kernel32.dll | msvcrt.dll | user32.dll | gdi32.dll | shell32.dll | opengl32.dll | advapi32.dll | ole32.dll | ws2_32.dll | winmm.dll | api-ms-win-*) ;;
            *)
                say "A program for Windows needs $dll, which Windows does not bring."
                exit 1
                ;;
        esac
    done
    checked "the programs for Windows need no library but those of Windows"
}

# --- arm64 ------------------------------------------------------------------

# arm builds the server, which needs a C compiler only, if one is here. The windows need arm64 libraries of X11 and GL.
arm() {
    local cc=aarch64-linux-gnu-gcc
    if command -v $cc >/dev/null; then
        GOOS=linux GOARCH=arm64 CGO_ENABLED=1 CC=$cc build "$stage/linux-arm64" ./syncserver
        checked "the server compiles for linux/arm64 (it was not run, and is not packed)"
    else
        unchecked "linux/arm64: not built, $cc is not here"
    fi
    unchecked "agent and kiosk for linux/arm64: not built, they need X11 and GL of that machine"
}

# --- manuals ----------------------------------------------------------------

manuals() {
    .ci/progress.sh "painting the screens and printing the manuals" .ci/manual.sh "$out/manual" "$stage/linux-amd64"
    checked "the manuals: every screen they show is painted by the programs of this version"
    unchecked "the manuals were printed, not read by a machine: read them after screens changed"
}

main
