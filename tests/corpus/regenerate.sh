#!/bin/sh
# Writes golden/<case>.json and golden/<case>.txt of each cases/<case>.kmsg: the alerts as oomwatchd writes them now, for
# programs and for people. Read `git diff` before you commit it: these files are what the program says, not what is right
# (that is cases/<case>.truth.json).
#
#     [OOMWATCH_BUILD=<directory of the binaries>] tests/corpus/regenerate.sh
#
# tests/machines/run.sh has them written to OOMWATCH_GOLDEN, and the binaries run by OOMWATCH_RUNNER.
set -eu

corpus=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=SCRIPTDIR/../tools/two_workers.sh
. "$corpus/../tools/two_workers.sh"
goldens=${OOMWATCH_GOLDEN:-$corpus/golden}
build=$(cd "${OOMWATCH_BUILD:-$corpus/../../build/dev}" && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
printf 'journal { enabled = false }\n' >"$scratch/oomwatchd.conf"

write_case() {
    golden=$goldens/${1%.kmsg}
    mkdir -p "${golden%/*}"
    for form in json:json text:txt; do
        ${OOMWATCH_RUNNER:-} "$build/oomwatchd" -c "$scratch/oomwatchd.conf" --kmsg "$1" --stdout "${form%:*}" </dev/null \
            >"$golden.${form#*:}" || echo "$1" >>"$scratch/failed"
    done
}

cd "$corpus/cases"
# shellcheck disable=SC2046  # no name of a case has a blank
two_workers "$scratch/taken" write_case $(find . -name '*.kmsg' | sed 's,^\./,,' | LC_ALL=C sort)
if [ -e "$scratch/failed" ]; then
    echo "regenerate.sh: oomwatchd failed on $(head -n 1 "$scratch/failed")" >&2
    exit 1
fi
