#!/bin/sh
# Builds the machine of the system tests: a Debian 12 with systemd as PID 1.
#
# DIR gets rootfs.img (ext4, raw) and, for each kernel, vmlinuz-<version> and initrd-<version>. Needs root, mmdebstrap
# and e2fsprogs; takes one to two minutes. The machine has no network and no password; it boots into vmrun.target: all
# of multi-user, then guest-init.sh. boot.sh boots it.
#
# usage: rootfs.sh DIR
# environment: APT_SOURCES  a sources.list or .sources file, or a mirror's address (default: this machine's own file
#                           when that is of bookworm, else the Debian mirror)
set -eu
[ $# -eq 1 ] || { echo "usage: rootfs.sh DIR" >&2; exit 2; }
here=$(cd "$(dirname "$0")" && pwd)
dir=$1

# The libraries that the programs are linked with, and python3 for the checks and the receivers.
packages=systemd,systemd-sysv,dbus,udev,kmod,procps,python3
packages=$packages,libevent-core-2.1-7,libjson-c5,libsystemd0,libconfuse2,libcurl4,ca-certificates
# The cloud flavour holds what a virtual machine needs and a tenth of the modules.
packages=$packages,initramfs-tools,zstd,linux-image-cloud-amd64,linux-image-6.12-cloud-amd64

sources=${APT_SOURCES:-}
own=/etc/apt/sources.list.d/debian.sources
if [ -z "$sources" ] && grep -qs '^Suites:.*bookworm' "$own"; then
    sources=$own
fi
mkdir -p "$dir"
if [ -z "$sources" ]; then
    sources=$dir/bookworm.list
    key='[signed-by=/usr/share/keyrings/debian-archive-keyring.gpg]'
    for suite in 'debian bookworm' 'debian bookworm-updates' 'debian-security bookworm-security'; do
        echo "deb $key http://deb.debian.org/$suite main"
    done >"$sources"
fi

root=$(mktemp -d "$dir/root.XXXXXX")
trap 'rm -rf "$root"' EXIT
# shellcheck disable=SC2016  # mmdebstrap's shell expands the hook
mmdebstrap --quiet --variant=minbase --include="$packages" \
    --aptopt='APT::Install-Recommends "false"' \
    --dpkgopt='path-exclude=/usr/share/doc/*' \
    --dpkgopt='path-exclude=/usr/share/man/*' \
    --dpkgopt='path-exclude=/usr/share/locale/*' \
    --essential-hook='mkdir -p "$1/etc/initramfs-tools/conf.d"
        echo MODULES=list >"$1/etc/initramfs-tools/conf.d/vm"
        printf "%s\n" virtio_pci virtio_blk ext4 >"$1/etc/initramfs-tools/modules"' \
    bookworm "$root" "$sources"

echo vmtest >"$root/etc/hostname"
echo '127.0.0.1 localhost vmtest' >"$root/etc/hosts"
echo '/dev/vda / ext4 rw,noatime 0 0' >"$root/etc/fstab"
# A fixed id and fresh .updated stamps: no boot is a first boot.
echo 0123456789abcdef0123456789abcdef >"$root/etc/machine-id"
touch "$root/etc/.updated" "$root/var/.updated"

install -m 755 "$here/guest-init.sh" "$root/usr/local/sbin/guest-init"
cat >"$root/etc/systemd/system/vmrun.service" <<'UNIT'
[Unit]
Description=Run the test script, hand back its results, power off
After=multi-user.target
SuccessAction=poweroff-force
FailureAction=poweroff-force

[Service]
Type=exec
ExecStart=/usr/local/sbin/guest-init
OOMScoreAdjust=-1000
OOMPolicy=continue
StandardOutput=tty
StandardError=tty
TTYPath=/dev/ttyS0
UNIT
cat >"$root/etc/systemd/system/vmrun.target" <<'UNIT'
[Unit]
Requires=multi-user.target
Wants=vmrun.service
After=multi-user.target vmrun.service
AllowIsolate=yes
UNIT
for unit in apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer e2scrub_reap.service \
    fstrim.timer getty@tty1.service serial-getty@ttyS0.service systemd-timesyncd.service; do
    ln -sf /dev/null "$root/etc/systemd/system/$unit"
done

for kernel in "$root"/boot/vmlinuz-*; do
    version=${kernel##*/vmlinuz-}
    cp "$kernel" "$dir/vmlinuz-$version"
    cp "$root/boot/initrd.img-$version" "$dir/initrd-$version"
done
rm -rf "${root:?}"/boot/* "${root:?}"/var/lib/apt/lists/*
rm -f "$dir/rootfs.img"
mke2fs -q -t ext4 -O ^has_journal -m 0 -d "$root" "$dir/rootfs.img.new" 2G
mv "$dir/rootfs.img.new" "$dir/rootfs.img"
