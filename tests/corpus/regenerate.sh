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
goldens=${OOMWATCH_GOLDEN:-$corpus/golden}
build=$(cd "${OOMWATCH_BUILD:-$corpus/../../build/dev}" && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
printf 'journal { enabled = false }\n' >"$scratch/oomwatchd.conf"

cd "$corpus/cases"
find . -name '*.kmsg' | sed 's,^\./,,' | LC_ALL=C sort >"$scratch/cases"
while read -r kmsg; do
    for form in json text; do
        ${OOMWATCH_RUNNER:-} "$build/oomwatchd" -c "$scratch/oomwatchd.conf" --kmsg "$kmsg" --stdout "$form" </dev/null >"$scratch/$form"
    done
    golden=$goldens/${kmsg%.kmsg}
    mkdir -p "${golden%/*}"
    mv "$scratch/json" "$golden.json"
    mv "$scratch/text" "$golden.txt"
done <"$scratch/cases"
