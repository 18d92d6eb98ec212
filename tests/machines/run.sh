#!/bin/sh
# The unit tests and the corpus on other machines: i386 (32 bit), which this machine runs itself, and s390x (big endian) and armhf
# (32 bit) by qemu-user.
#
# Prints a line for each test, `ok MACHINE/NAME`, `not ok MACHINE/NAME: why` or `skipped: MACHINE/NAME: why`, and ends with `N
# passed, N failed, N skipped`; exit status 1 when one failed. MACHINE/corpus: the alerts of tests/corpus are, byte for byte, those
# of golden/. Three to five minutes on two processors; the machines' libraries are fetched once for each version of root.sh (build/machines/root-*).
#
# usage: run.sh [MACHINE...]        default: i386 s390x armhf
set -eu
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
work=$top/build/machines
. "$top/tests/packages.sh"
. "$top/tests/tools/two_workers.sh"
[ $# -gt 0 ] || set -- i386 s390x armhf
for name; do
    case $name in
    i386 | s390x | armhf) ;;
    *)
        echo "run.sh: no such machine: $name; there are i386, s390x, armhf" >&2
        exit 2
        ;;
    esac
done

skip_all() {
    echo "skipped: the other machines: $1"
    echo "0 passed, 0 failed, 1 skipped"
    exit 0
}

[ "$(id -u)" = 0 ] || skip_all "needs root, to unpack their libraries"
[ "$(uname -m)" = x86_64 ] || skip_all "made for x86_64"
# shellcheck disable=SC2086  # lists
install_packages $packages_build $packages_machines || echo "going on with what there is" >&2
command -v mmdebstrap >/dev/null || skip_all "needs mmdebstrap"

passed=0 failed=0 skipped=0

ok() {
    passed=$((passed + 1))
    echo "ok $1"
}

# not_ok NAME WHY LOG
not_ok() {
    failed=$((failed + 1))
    tail -n 40 "$3" >&2
    echo "not ok $1: $2, see ${3#"$top/"}"
}

skip() {
    skipped=$((skipped + 1))
    echo "skipped: $1: $2"
}

build() {
    cmake -G Ninja -S "$top" -B "$build" -DCMAKE_TOOLCHAIN_FILE="$here/toolchain.cmake" -DMACHINE_ROOT="$root" \
        -DMACHINE_TRIPLET="$triplet" -DMACHINE_LOADER="$loader" -DCMAKE_BUILD_TYPE=RelWithDebInfo \
        -DOOMWATCH_WERROR=ON -DOOMWATCH_SANITIZE="$sanitize" || return
    cmake --build "$build"
}

# one_test PROGRAM: leaves its status in $logs
one_test() {
    name=$(basename "$1")
    # shellcheck disable=SC2086  # none for a machine that needs no emulator
    OOMWATCH_CUTS_STRIDE=53 timeout 1200 $emulator "$1" >"$logs/$name.log" 2>&1 </dev/null && status=0 || status=$?
    echo "$status" >"$logs/$name.status"
}

check_corpus() {
    rm -rf "$build/golden"
    OOMWATCH_BUILD=$build OOMWATCH_RUNNER=$emulator OOMWATCH_GOLDEN=$build/golden "$top/tests/corpus/regenerate.sh" || return
    diff -rq "$top/tests/corpus/golden" "$build/golden"
}

# machine NAME TRIPLET LOADER SANITIZERS [EMULATOR]
machine() {
    machine=$1 triplet=$2 loader=$3 sanitize=$4 emulator=${5-}
    build=$work/$machine
    logs=$build/logs
    root=$work/root-$machine-$(sha256sum <"$here/root.sh" | cut -c 1-12)
    rm -rf "$logs"
    mkdir -p "$logs"
    for tool in "$triplet-gcc" ${emulator:+"$emulator"}; do
        command -v "$tool" >/dev/null || { skip "$machine" "needs $tool"; return; }
    done
    if [ ! -d "$root" ]; then
        rm -rf "$work/root-$machine"-*
        "$here/root.sh" "$machine" "$root" >"$logs/root.log" 2>&1 || { skip "$machine" "no libraries: $(tail -n 1 "$logs/root.log")"; return; }
    fi
    if build >"$logs/build.log" 2>&1; then
        ok "$machine/build"
    else
        not_ok "$machine/build" "it was not built" "$logs/build.log"
        return
    fi
    set --
    for program in "$build"/tests/unit/test_*; do
        case $program in
        *'*' | *.*) ;;
        *) set -- "$@" "$program" ;;
        esac
    done
    two_workers "$logs/taken" one_test "$@"
    for program; do
        name=$(basename "$program")
        if [ "$name" = test_prefault ] && [ -n "$emulator" ]; then
            skip "$machine/$name" "/proc shows the emulator's pages"
            continue
        fi
        case $(cat "$logs/$name.status") in
        0) ok "$machine/$name" ;;
        77) skip "$machine/$name" "$(tail -n 1 "$logs/$name.log")" ;;
        *) not_ok "$machine/$name" "exit status $(cat "$logs/$name.status")" "$logs/$name.log" ;;
        esac
    done
    if check_corpus >"$logs/corpus.log" 2>&1; then
        ok "$machine/corpus"
    else
        not_ok "$machine/corpus" "other alerts than on this machine" "$logs/corpus.log"
    fi
}

for name; do
    case $name in
    i386) machine i386 i686-linux-gnu /lib/ld-linux.so.2 address,undefined ;;
    s390x) machine s390x s390x-linux-gnu /lib/ld64.so.1 "" qemu-s390x-static ;;
    armhf) machine armhf arm-linux-gnueabihf /lib/ld-linux-armhf.so.3 "" qemu-arm-static ;;
    esac
done
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
