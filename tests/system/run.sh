#!/bin/sh
# The system test: what `cmake --install` leaves, started by a real systemd in a virtual machine that is thrown away.
#
# Prints a line for each check, `ok KERNEL/NAME` or `not ok KERNEL/NAME: why`, and ends with `N passed, N failed, N
# skipped`; exit status 1 when one failed. The checks: guest/checks.py, then guest/reboot.py, which needs three boots,
# and that every alert that was sent is what the schema says. Five to seven minutes, the first time some more: the
# machine's disk is made once for each version of its recipe (build/system/image-*).
#
# usage: run.sh [KERNEL...]        default: 6.1 6.12, as Debian 12 has them
set -eu
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
work=$top/build/system
. "$top/tests/packages.sh"
[ $# -gt 0 ] || set -- 6.1 6.12

skip_all() {
    echo "skipped: the system test: $1"
    echo "0 passed, 0 failed, 1 skipped"
    exit 0
}

[ "$(id -u)" = 0 ] || skip_all "needs root, to make the machine's disk"
[ "$(uname -m)" = x86_64 ] || skip_all "its machine is x86_64"

# shellcheck disable=SC2086  # lists
install_packages $packages_build $packages_system || echo "going on with what there is" >&2
for program in qemu-system-x86_64 mmdebstrap mke2fs openssl; do
    command -v "$program" >/dev/null || skip_all "needs $program"
done
/usr/bin/python3 -c 'import jsonschema' || skip_all "needs python3 with jsonschema"

key=$(cat "$here/rootfs.sh" "$here/guest-init.sh" | sha256sum | cut -c 1-12)
image=$work/image-$key
if [ ! -e "$image/rootfs.img" ]; then
    echo "making the machine's disk in $image" >&2
    rm -rf "$work"/image-*
    "$here/rootfs.sh" "$image" >&2
fi

# --- what goes into the machine: the checks, certificates, the installed programs -----------------------------------
cd "$top"
cmake --preset release >&2
cmake --build --preset release >&2
files=$work/files
rm -rf "$files"
mkdir -p "$files"
cp "$here"/guest/*.py "$files/"
DESTDIR=$files/stage cmake --install build/release >&2

# A certification authority of this run, and a certificate of the receiver.
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj "/CN=test authority" \
    -keyout "$work/ca.key" -out "$files/ca.pem" 2>/dev/null
openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj "/CN=localhost" \
    -keyout "$files/server.key" -out "$work/server.csr" 2>/dev/null
echo "subjectAltName=DNS:localhost" >"$work/server.ext"
openssl x509 -req -in "$work/server.csr" -CA "$files/ca.pem" -CAkey "$work/ca.key" -CAcreateserial -days 2 \
    -extfile "$work/server.ext" -out "$files/server.pem" 2>/dev/null

for name in checks reboot; do
    cat >"$work/script-$name" <<SCRIPT
#!/bin/sh
[ -e /usr/sbin/oomwatchd ] || cp -a --no-preserve=ownership "\$FILES/stage/." / || exit
exec python3 "\$FILES/$name.py"
SCRIPT
done

# validate OUT: a line as of a check, for every alert that reached a socket, the webhook or the journal
validate() {
    # the machine has no jsonschema; without alerts it ended early, and that is reported below
    [ -e "$1/alerts.json" ] || return 0
    if "$top/tests/integration/alert_reader.py" "$1/alerts.json" >"$1/validation.log"; then
        echo "ok every_alert_is_what_the_schema_says"
    else
        echo "not ok every_alert_is_what_the_schema_says: $(tail -n 1 "$1/validation.log"); see $1/validation.log"
    fi
}

# boot_thrice KERNEL OUT: what the third boot hands back
boot_thrice() {
    disk=$work/disk-reboot.img
    cp --sparse=always "$image/rootfs.img" "$disk"
    for boot in 1 2 3; do
        boot_status=0
        VM_DISK=$disk "$here/boot.sh" "$image" "$1." "$work/script-reboot" "$files" "$2" >&2 || boot_status=$?
        mv "$2/serial.log" "$2/serial-$boot.log"
        # Of a boot that ends by itself nothing comes back.
        [ "$boot_status" -eq 125 ] || break
    done
    rm -f "$disk"
    return "$boot_status"
}

# --- one machine after the other ------------------------------------------------------------------------------------
passed=0 failed=0
if grep -rlF "$top" "$files/stage" >&2; then
    failed=1
    echo "not ok installed/no_program_says_where_it_was_built"
else
    passed=1
    echo "ok installed/no_program_says_where_it_was_built"
fi
for kernel; do
    out=$work/out-$kernel
    rm -rf "$out" "$out-reboot"
    status=0
    "$here/boot.sh" "$image" "$kernel." "$work/script-checks" "$files" "$out" >&2 || status=$?
    [ -e "$out/results" ] || touch "$out/results"
    validate "$out" >>"$out/results"
    if [ "$status" -eq 0 ] || [ -s "$out/results" ]; then
        boot_thrice "$kernel" "$out-reboot" || status=$?
        [ -e "$out-reboot/results" ] || touch "$out-reboot/results"
        validate "$out-reboot" | sed 's/every_alert/after_reboots_every_alert/' >>"$out-reboot/results"
        cat "$out-reboot/results" >>"$out/results"
    fi
    sed "s|^ok |&$kernel/|; s|^not ok |&$kernel/|" "$out/results"
    ok=$(grep -c '^ok ' "$out/results" || true)
    not_ok=$(grep -c '^not ok ' "$out/results" || true)
    # A machine that ended early has no failed check to show for it.
    if [ "$status" -ne 0 ] && [ "$not_ok" -eq 0 ]; then
        not_ok=1
        echo "not ok $kernel/machine: ended with status $status after $ok checks; see $out"
    fi
    passed=$((passed + ok)) failed=$((failed + not_ok))
done
echo "$passed passed, $failed failed, 0 skipped"
[ "$failed" -eq 0 ]
