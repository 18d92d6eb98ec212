#!/bin/sh
# Boots the machine that rootfs.sh made, runs SCRIPT in it as root, brings back what it left, and powers off.
#
# The script's working directory is a copy of FILES; what it leaves in $OUT is copied to OUT, beside script.log (what
# it printed) and serial.log (the console). The disk is a snapshot: a run leaves nothing behind. A reboot ends the machine. TCG, QEMU's own
# emulation, needs no KVM and boots in 15 to 30 s.
#
# usage: boot.sh IMAGE_DIR KERNEL_PREFIX SCRIPT FILES OUT       (KERNEL_PREFIX: the start of a version, as 6.1.)
# environment: VM_APPEND   more kernel parameters
#              VM_MEM_MB   default 512
#              VM_TIMEOUT  seconds until the machine is ended, default 1500
#              VM_DISK     the disk, a copy of IMAGE_DIR/rootfs.img that keeps what the run writes
# Exit status: that of SCRIPT; 125 when the machine ended without handing back results; 2 for wrong use.
set -eu
[ $# -eq 5 ] || { sed -n '2,/^set/s/^# \{0,1\}//p' "$0" >&2; exit 2; }
image_dir=$1 prefix=$2 script=$3 files=$4 out=$5

kernel=
for candidate in "$image_dir/vmlinuz-$prefix"*; do
    kernel=$candidate
done
[ -e "$kernel" ] || { echo "boot.sh: no kernel $prefix in $image_dir" >&2; exit 2; }
initrd=$image_dir/initrd-${kernel##*/vmlinuz-}

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
mkdir -p "$tmp/stage" "$out"
cp -a "$files/." "$tmp/stage/"
cp "$script" "$tmp/stage/.vmscript"
tar -C "$tmp/stage" --owner=0 --group=0 -cf "$tmp/in.img" .
truncate -s %1M "$tmp/in.img"
truncate -s 256M "$tmp/out.img"

timeout "${VM_TIMEOUT:-1500}" qemu-system-x86_64 -accel tcg,thread=multi -cpu max \
    -m "${VM_MEM_MB:-512}" -smp 2 \
    -kernel "$kernel" -initrd "$initrd" \
    -append "root=/dev/vda rw console=ttyS0 systemd.unit=vmrun.target systemd.show_status=no loglevel=4 panic=-1 \
net.ifnames=0 ${VM_APPEND:-}" \
    -drive file="${VM_DISK:-$image_dir/rootfs.img}",if=virtio,format=raw,snapshot="$([ -n "${VM_DISK-}" ] && echo off || echo on)" \
    -drive file="$tmp/in.img",if=virtio,format=raw,readonly=on \
    -drive file="$tmp/out.img",if=virtio,format=raw \
    -nodefaults -nographic -no-reboot -serial file:"$out/serial.log" </dev/null || true
tar -xf "$tmp/out.img" -C "$out" 2>/dev/null || true
[ -e "$out/rc" ] || { echo "boot.sh: the machine handed back no results; see $out/serial.log" >&2; exit 125; }
exit "$(cat "$out/rc")"
