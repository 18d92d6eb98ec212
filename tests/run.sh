#!/bin/sh
# tests/run.sh: builds and runs the tests; the one command for people and for machines.
#
# Installs what is missing (tests/packages.sh; Debian, as root), builds preset `dev`, runs the unit tests and then the
# integration tests with their real parts. Tests that need root, or a kernel log, say so and are counted as skipped.
# The last line is `N passed, N failed, N skipped`, after the names of what was skipped and of what failed; the exit
# status is 0 when nothing failed.
#
# usage: tests/run.sh [--unit] [--system] [--long] [-k PATTERN]
#   --unit         the unit tests only
#   --long         what is tried with a part of its cases or kills otherwise, with all of them: some tests take minutes
#   --system       also tests/system: installed, in a real systemd, in a virtual machine
#   -k PATTERN     only tests with PATTERN in their name
set -eu
top=$(cd "$(dirname "$0")/.." && pwd)
cd "$top"
. tests/packages.sh

unit_only=
system=
pattern=
usage() {
    sed -n 's/^# \{0,1\}//; /^usage:/,/^set/{/^set/d; p;}' "$0"
}
while [ $# -gt 0 ]; do
    case $1 in
    --unit) unit_only=--unit ;;
    --system) system=--system ;;
    --long) export OOMWATCH_LONG=1 ;;
    -k)
        [ $# -ge 2 ] || { usage >&2; exit 2; }
        pattern=$2
        shift
        ;;
    -h | --help) usage; exit 0 ;;
    *) usage >&2; exit 2 ;;
    esac
    shift
done

# shellcheck disable=SC2086  # lists
install_packages $packages_build $packages_test || echo "going on with what there is" >&2

# With OOMWATCH_COVERAGE=ON, tests/tools/coverage.py tells afterwards what was executed. Where a program can't write its
# counters it would say so on standard error, which is what some tests look at.
export GCOV_ERROR_FILE=/dev/null
if ! { cmake --preset dev -D "OOMWATCH_COVERAGE=${OOMWATCH_COVERAGE:-OFF}" && cmake --build --preset dev; } </dev/null; then
    printf 'failed: the build\n0 passed, 1 failed, 0 skipped\n'
    exit 1
fi

# Debian's own: what the tests import comes from packages. Elsewhere, whatever python3 there is.
python=/usr/bin/python3
[ -x "$python" ] || python=python3
exec "$python" -B tests/runner.py $unit_only $system ${pattern:+-k "$pattern"} "$top/build/dev" </dev/null
