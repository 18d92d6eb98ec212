#!/bin/sh
# A Debian package, with those it needs that aren't installed here: unpacked, nothing of it is installed or started. What
# apt's lists don't have yet is asked for once.
#
# usage: unpack.sh PACKAGE DIR      DIR: its files; what is there already stays, if this script made it
set -eu
[ $# -eq 2 ] || { echo "usage: unpack.sh PACKAGE DIR" >&2; exit 2; }
package=$1
mkdir -p "$(dirname "$2")"
directory=$(cd "$(dirname "$2")" && pwd)/$(basename "$2") # apt takes another path for one below its own
made=$(sha256sum <"$0")
[ "$(cat "$directory/made" 2>/dev/null)" != "$made" ] || exit 0

fetch() {
    # No lock of the system's is needed: its state is only read.
    apt-get -qq -y --no-install-recommends --reinstall --download-only -o Dir::Cache::archives="$new/archives" \
        -o Debug::NoLocking=1 -o APT::Sandbox::User=root -o Acquire::Retries=2 -o Acquire::http::Timeout=20 \
        install "$package" </dev/null >&2
}

new=$directory.new
rm -rf "$new" "$directory"
mkdir -p "$new/archives/partial"
fetch || { apt-get update -qq </dev/null >&2 && fetch; }
# All below /usr, as in the system.
for name in bin sbin lib; do
    mkdir -p "$new/usr/$name"
    ln -s "usr/$name" "$new/$name"
done
for file in "$new"/archives/*.deb; do
    dpkg-deb --fsys-tarfile "$file" | tar -x --keep-directory-symlink -C "$new"
done
rm -rf "$new/archives"
echo "$made" >"$new/made"
mv "$new" "$directory"
