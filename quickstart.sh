#!/bin/sh
# quickstart.sh: builds a fresh clone and shows the OOM kills of this machine on the terminal.
#
# Installs the packages that the build needs (on Debian, as root; elsewhere it names them), builds preset `release`, and runs
# oomwatchd on the live kernel log until Ctrl-C. oomwatchd itself is not installed; only build/ is left behind.
#
# usage: ./quickstart.sh [--demo] [-c FILE]
#   --demo    also make one real OOM kill, in a throw-away memory cgroup of 32 MiB, show its alert, and exit
#   -c FILE   the configuration, as for oomwatchd; where it names webhooks, oomwatch-courier runs as well
set -eu
top=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/packages.sh
. "$top/tests/packages.sh"
# shellcheck source=tests/tools/memcg.sh
. "$top/tests/tools/memcg.sh"

usage() {
    sed -n '/^# usage:/,/^set/{/^set/d; s/^# \{0,1\}//; p;}' "$0"
}

demo=
config=
while [ $# -gt 0 ]; do
    case $1 in
    --demo) demo=1 ;;
    -c)
        [ $# -ge 2 ] || { usage >&2; exit 2; }
        config=$2
        shift
        ;;
    -h | --help) usage; exit 0 ;;
    *) usage >&2; exit 2 ;;
    esac
    shift
done

build() {
    # shellcheck disable=SC2086  # a list
    install_packages $packages_build || echo "quickstart: packages could not be installed; building with those that are there" >&2
    log=$(mktemp)
    if ! (cd "$top" && cmake --preset release && cmake --build --preset release) >"$log" 2>&1 </dev/null; then
        cat "$log" >&2
        rm -f "$log"
        echo "quickstart: the build failed" >&2
        exit 1
    fi
    rm -f "$log"
}

watcher=
courier=
work=
memcg=
cleanup() {
    for pid in $watcher $courier; do
        kill "$pid" 2>/dev/null || true
        wait "$pid" 2>/dev/null || true
    done
    [ -z "$memcg" ] || rmdir "$memcg" 2>/dev/null || true
    [ -z "$work" ] || rm -rf "$work"
}

# waits until FILE contains TEXT, at most 30 s
wait_for() {
    tries=0
    until grep -qF -- "$2" "$1"; do
        tries=$((tries + 1))
        kill -0 "$watcher" 2>/dev/null || return 1
        [ "$tries" -lt 300 ] || return 1
        sleep 0.1
    done
}

run_demo() {
    [ "$(id -u)" = 0 ] || { echo "quickstart: --demo makes a memory cgroup, so it must be run as root" >&2; exit 1; }
    make_memcg oomwatchd-demo 33554432 || { echo "quickstart: can't make a memory cgroup" >&2; exit 1; }
    echo "A process now uses more memory than the 32 MiB that its cgroup allows: $memcg"
    # shellcheck disable=SC2016  # for the inner shell
    sh -c 'echo 0 >"$1/cgroup.procs" && exec tail /dev/zero' victim "$memcg" 2>/dev/null &
    victim=$!
    wait "$victim" 2>/dev/null || true
    wait_for "$work/alerts" "(pid $victim)" || {
        cat "$work/alerts"
        echo "quickstart: no alert for pid $victim" >&2
        exit 1
    }
    # earlier kills have alerts too: the first line of an alert is not indented and names the victim
    awk -v pid="(pid $victim)" '/^[^ ]/ { show = index($0, pid) } show' "$work/alerts"
}

build
bin=$top/build/release
work=$(mktemp -d)
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
if [ -z "$config" ]; then
    config=$work/oomwatchd.conf
    cat >"$config" <<CONF
spool { path = "$work/spool" }
cursor { path = "$work/cursor" }
CONF
fi
if ! "$bin/oomwatchd" --check-config -c "$config" >/dev/null; then
    exit 2
fi
if [ -n "$demo" ]; then
    "$bin/oomwatchd" -c "$config" --from oldest --stdout text >"$work/alerts" 2>"$work/log" &
    watcher=$!
    trap 'cat "$work/log" >&2; cleanup' EXIT
    run_demo
    exit 0
fi
if grep -rqs '^[[:space:]]*webhook' "$config" "$config.d"; then
    "$bin/oomwatch-courier" -c "$config" &
    courier=$!
fi
echo "Watching the kernel log, first for kills since boot. Press Ctrl-C to stop."
"$bin/oomwatchd" -c "$config" --stdout text &
watcher=$!
wait "$watcher"
