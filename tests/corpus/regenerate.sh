#!/bin/sh
# Writes <case>.json and <case>.txt beside each <case>.kmsg: the alerts as oomwatchd tells them now, to programs and to
# people. Read `git diff` before you commit it: these files are what the program says, not what is right (that is
# <case>.truth.json).
#
#     [OOMWATCH_BUILD=<directory of the binaries>] tests/corpus/regenerate.sh
set -eu

corpus=$(cd "$(dirname "$0")" && pwd)
build=$(cd "${OOMWATCH_BUILD:-$corpus/../../build/dev}" && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
printf 'journal { enabled = false }\n' >"$scratch/oomwatchd.conf"

# From inside the corpus, so that the path in the alerts is the same on every machine.
cd "$corpus"
find . -name '*.kmsg' | sed 's,^\./,,' | LC_ALL=C sort >"$scratch/cases"
while read -r kmsg; do
    for form in json text; do
        "$build/oomwatchd" -c "$scratch/oomwatchd.conf" --kmsg "$kmsg" --stdout "$form" </dev/null >"$scratch/$form"
    done
    mv "$scratch/json" "${kmsg%.kmsg}.json"
    mv "$scratch/text" "${kmsg%.kmsg}.txt"
done <"$scratch/cases"
