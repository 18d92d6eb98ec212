#!/bin/sh
# The libraries of another machine, as Debian 12 has them: unpacked, nothing of them is run. Needs root and mmdebstrap; takes 20
# seconds.
#
# usage: root.sh ARCHITECTURE DIR
# environment: APT_SOURCES  a mirror's address (default: that of this machine's own sources when they are of bookworm, else
#                           Debian's)
set -eu
[ $# -eq 2 ] || { echo "usage: root.sh ARCHITECTURE DIR" >&2; exit 2; }

packages=libc6-dev,libsystemd-dev,libevent-dev,libjson-c-dev,libconfuse-dev,libcurl4-openssl-dev,libarchive-dev,zlib1g-dev,check

own=/etc/apt/sources.list.d/debian.sources
mirror=${APT_SOURCES:-}
if [ -z "$mirror" ] && grep -qs '^Suites:.*bookworm' "$own"; then
    mirror=$(sed -n 's/^URIs: *\([^ ]*\).*/\1/p' "$own" | head -n 1)
fi

# The release alone: nothing here is exposed to anybody, and mirrors don't have the updates of every architecture.
rm -rf "$2.new"
mmdebstrap --quiet --mode=root --variant=extract --architectures="$1" --include="$packages" \
    --aptopt='APT::Install-Recommends "false"' \
    --dpkgopt='path-exclude=/usr/share/doc/*' \
    --dpkgopt='path-exclude=/usr/share/man/*' \
    --dpkgopt='path-exclude=/usr/share/locale/*' \
    bookworm "$2.new" \
    "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] ${mirror:-http://deb.debian.org/debian} bookworm main" >&2
mv "$2.new" "$2"
