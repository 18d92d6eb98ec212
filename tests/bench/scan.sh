#!/bin/sh
# tests/bench/scan.sh: measures `oomwatch scan` over generated logs beside its rivals, in one run, in pairs; medians. No
# test: what is missed is shown, and the exit status says only whether everything could be measured. README.md says what
# the figures mean.
#
# usage: tests/bench/scan.sh [--quick] [--large]
#   --quick   small logs, few pairs: shows that it works; bounds are not looked at
#   --large   also 10 GB in one file, 10,000 files, and up to 100,000 incidents: needs 25 GB of disk
#
# OOMWATCH    the program, instead of build/bench/oomwatch
# OOMWATCH_BEFORE  with --large: the program of commit 3ae6640, instead of building it; what the time and memory of many
#             incidents are measured against
# SCAN_DIR    where the logs are made (and removed), instead of $TMPDIR or /var/tmp; on a disk, where logs are, and so
#             that the kernel may drop them when others need the memory
set -eu
top=$(cd "$(dirname "$0")/../.." && pwd)
cd "$top"
. tests/packages.sh

quick='' large='' pairs=9 size_mb=1024 search_sec=4
for option; do
        case $option in
        --quick) quick=1 pairs=1 size_mb=24 search_sec=0.2 ;;
        --large) large=1 ;;
        *)
                sed -n 's/^# \{0,1\}//; /^usage:/,/^$/p' "$0" >&2
                exit 2
                ;;
        esac
done

bench=$top/build/bench/tests/bench
oomwatch=${OOMWATCH-$top/build/bench/oomwatch}
work=$(mktemp -d -p "${SCAN_DIR-${TMPDIR-/var/tmp}}" oomwatch-scan.XXXXXX)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

fail() {
        echo "scan.sh: $*" >&2
        exit 1
}

# The rows of standard input as a table.
table() {
        awk -F '\t' -v quick="$quick" \
                '{ printf "%-64s %10s %10s %-10s %8s  %-9s %s\n", $1, $2, $3, $4, $5, $6, quick ? "" : $7 }'
}

row() {
        printf '%s\t%s\t%s\t%s\t%s\t%s\t%s\n' "$@" | table
}

# need MEGABYTES: of disk
need() {
        free_mb=$(df -Pm "$work" | awk 'NR == 2 { print $4 }')
        [ "$free_mb" -gt $(($1 + 1024)) ] || fail "$work has $free_mb MB free, $1 are needed"
}

# make_logs OPTION... DIRECTORY: sets $incidents. What was written goes to the disk now, and not while something is measured.
make_logs() {
        "$bench/bench_make_logs" "$@" >"$work/made" || fail "bench_make_logs $*"
        sync -f "$work"
        incidents=$(awk -F '\t' '$1 == "total" { print $4 }' "$work/made")
}

# timed COMMAND...: sets $ms and $kib; its output is in $work/output
timed() {
        "$bench/bench_timed" "$work/output" "$@" >"$work/timed" 2>"$work/errors" || fail "$*: $(cat "$work/errors")"
        read -r ms kib status <"$work/timed"
        # 1: nothing found
        [ "$status" -le 1 ] || fail "$*: exit status $status: $(cat "$work/errors")"
}

# scan WORKERS PATH...: as timed, for ours; the number of incidents is checked each time
scan() {
        workers=$1
        shift
        timed "$oomwatch" scan --format json -j "$workers" "$@"
        found=$(grep -c '"type": *"oom_kill"' "$work/output" || true)
        [ "$found" = "$incidents" ] || wrong=$found
        [ "$kib" -le "$most_kib" ] || most_kib=$kib
}

# median COLUMN FILE
median() {
        awk -v column="$1" '{ print $column }' "$2" | sort -g | awk '{ all[NR] = $1 } END { print all[int((NR + 1) / 2)] }'
}

# compare NAME BOUND WORKERS PATH RIVAL...: ours and the rival in turns; the rival's first run, and ours, are not counted:
# they bring the files into the page cache
compare() {
        name=$1 bound=$2 workers=$3 path=$4
        shift 4
        timed "$@"
        scan "$workers" "$path"
        : >"$work/pairs"
        for _ in $(seq "$pairs"); do
                scan "$workers" "$path"
                ours=$ms
                timed "$@"
                awk -v ours="$ours" -v rival="$ms" 'BEGIN { print ours, rival, ours / rival }' >>"$work/pairs"
        done
        ratio=$(median 3 "$work/pairs")
        row "$name" "$(median 1 "$work/pairs")" "$(median 2 "$work/pairs")" ms \
                "$(awk -v ratio="$ratio" 'BEGIN { printf "%.3f", ratio }')" "<= $bound" \
                "$(awk -v ratio="$ratio" -v bound="$bound" 'BEGIN { print ratio <= bound ? "met" : "MISSED" }')"
}

# ratio_row NAME OURS RIVAL UNIT BOUND: a ratio
ratio_row() {
        row "$1" "$2" "$3" "$4" "$(awk -v a="$2" -v b="$3" 'BEGIN { printf "%.2f", a / b }')" "<= $5" \
                "$(awk -v a="$2" -v b="$3" -v bound="$5" 'BEGIN { print a <= bound * b ? "met" : "MISSED" }')"
}

# found_row: whether every scan since the last one found what was put in
found_row() {
        row "  incidents found, put in (each run)" "${wrong:-$incidents}" "$incidents" "" "" "equal" \
                "$([ -z "$wrong" ] && echo met || echo MISSED)"
        wrong=
}

# peak_row LABEL
peak_row() {
        row "  most resident memory, $1" "$most_kib" 8192 KiB "" "<= 8 MiB" \
                "$([ "$most_kib" -le 8192 ] && echo met || echo MISSED)"
        most_kib=0
}

# measure DIRECTORY: one scan, best of three; sets $best_ms and $best_kib
measure() {
        best_ms='' best_kib=''
        for _ in 1 2 3 4; do # the first: into the page cache
                scan 1 "$1"
                [ -z "${first-}" ] || best_ms=$(awk -v a="$ms" -v b="${best_ms:-$ms}" 'BEGIN { print a < b ? a : b }')
                best_kib=$kib first=1
        done
        first=
}

measure_ordinary() {
        need $((size_mb * 3 / 2))
        make_logs --size "${size_mb}M" "$work/logs"
        "$bench/bench_search" "$search_sec" "$work"/logs/* >"$work/rows" || fail "bench_search"
        table <"$work/rows"
        compare "scan -j1; rival: egrep -i -r 'killed process', C.UTF-8" 0.15 1 "$work/logs" \
                env LC_ALL=C.UTF-8 grep -E -i -r 'killed process' "$work/logs"
        compare "scan -j2; rival: rg 'Killed process', 2 threads" 1 2 "$work/logs" \
                rg -j 2 'Killed process' "$work/logs"
        compare "scan -j1; rival: read() of 1 MiB" 1.5 1 "$work/logs" "$bench/bench_read_files" "$work/logs"
        found_row
        peak_row "$size_mb MB"
        cp -r "$work/logs" "$work/gz"
        gzip "$work"/gz/*
        compare "scan -j1 of gz; rival: zgrep 'Killed process'" 0.25 1 "$work/gz" zgrep 'Killed process' "$work"/gz/*
        found_row
        peak_row "gz"
        rm -rf "$work/logs" "$work/gz"
}

# measure_kill_lines NAME OPTION...: one kill line in 20,000 lines, in every file
measure_kill_lines() {
        what=$1
        shift
        need $((size_mb * 3 / 2))
        make_logs --size "${size_mb}M" --bare 20000 "$@" "$work/logs"
        compare "scan -j1 of $what; rival: rg -j1 'Killed process'" 1 1 "$work/logs" rg -j 1 'Killed process' "$work/logs"
        compare "scan -j1 of $what; rival: read() of 1 MiB" 1.15 1 "$work/logs" "$bench/bench_read_files" "$work/logs"
        compare "scan -j2 of $what; rival: -j1" 0.6 2 "$work/logs" "$oomwatch" scan --format json -j 1 "$work/logs"
        found_row
        peak_row "$what"
        rm -rf "$work/logs"
}

# measure_json: what a shipper makes of such lines, beside as many bytes of them as text, and beside the same lines
measure_json() {
        need $((size_mb * 3))
        make_logs --files 1 --size "$((size_mb / 2))M" --bare 20000 --words "$work/logs"
        mkdir "$work/json"
        for log in "$work"/logs/*; do
                sed 's/[\\"]/\\&/g; s|.*|{"@timestamp": "2026-08-25T14:06:20.123Z", "host": {"name": "web1"}, "log": {"file": {"path": "/var/log/syslog"}, "offset": 0}, "message": "&"}|' \
                        "$log" >"$work/json/$(basename "$log")"
        done
        compare "scan -j1 of a shipper's JSON; rival: read() of 1 MiB" 1.5 1 "$work/json" \
                "$bench/bench_read_files" "$work/json"
        compare "scan -j1 of a shipper's JSON; rival: the same as text" 1.5 1 "$work/json" \
                "$oomwatch" scan --format json -j 1 "$work/logs"
        found_row
        rm -rf "$work/logs"
        json_incidents=$incidents
        make_logs --files 1 --size "$(du -sm "$work/json" | cut -f 1)M" --bare 20000 --words "$work/logs"
        incidents=$json_incidents
        compare "scan -j1 of a shipper's JSON; rival: as many bytes of text" 1.5 1 "$work/json" \
                "$oomwatch" scan --format json -j 1 "$work/logs"
        found_row
        peak_row "a shipper's JSON"
        rm -rf "$work/logs" "$work/json"
}

# Time and memory against bytes, files, incidents. most_kib is of all of them but the many incidents.
measure_large() {
        need $((size_mb * 11))
        make_logs --files 1 --size "${size_mb}M" "$work/one"
        measure "$work/one"
        one_ms=$best_ms one_kib=$best_kib
        make_logs --files 1 --size "$((size_mb * 10))M" "$work/ten"
        measure "$work/ten"
        ratio_row "one file of $((size_mb * 10)) MB; rival: $size_mb MB, ten times" "$best_ms" \
                "$(awk -v ms="$one_ms" 'BEGIN { print 10 * ms }')" ms 1.2
        ratio_row "  its memory; rival: $size_mb MB" "$best_kib" "$one_kib" KiB 1.1
        rm -rf "$work/ten"
        make_logs --files 10000 --size "${size_mb}M" --incidents 100 "$work/many"
        measure "$work/many"
        ratio_row "10,000 files, $size_mb MB; rival: one file" "$best_ms" "$one_ms" ms 3
        ratio_row "  their memory; rival: one file" "$best_kib" "$one_kib" KiB 1.5
        most_kib=0
        compare "scan -j1 of 10,000 files, $size_mb MB; rival: egrep, likewise" 1 1 "$work/many" \
                env LC_ALL=C.UTF-8 grep -E -i -r 'killed process' "$work/many"
        peak_row "10,000 files"
        found_row
        rm -rf "$work/many"
        make_logs --files 1 --size "${size_mb}M" --incidents 10000 "$work/some"
        measure "$work/some"
        some_ms=$best_ms some_kib=$best_kib
        rm -rf "$work/some"
        make_logs --files 1 --size "${size_mb}M" --incidents 100000 "$work/most"
        measure "$work/most"
        ratio_row "100,000 incidents, beyond few; rival: 10,000, ten times" \
                "$(awk -v a="$best_ms" -v b="$one_ms" 'BEGIN { print a - b }')" \
                "$(awk -v a="$some_ms" -v b="$one_ms" 'BEGIN { print 10 * (a > b ? a - b : 0.001) }')" ms 1.2
        ratio_row "  their memory, beyond few; rival: 10,000, ten times" $((best_kib - one_kib)) \
                $((some_kib > one_kib ? 10 * (some_kib - one_kib) : 1)) KiB 1.2
        found_row
        measure_before
}

# The same 100,000 incidents, and the commit that the aims for them were set at; sets $most_kib to 0.
measure_before() {
        before=${OOMWATCH_BEFORE-$work/before/build/bench/oomwatch}
        if [ -z "${OOMWATCH_BEFORE-}" ]; then
                mkdir "$work/before"
                git archive 3ae6640 | tar -x -C "$work/before" || fail "commit 3ae6640, to compare with"
                (cd "$work/before" && cmake --preset bench && cmake --build --preset bench --target oomwatch-cli) \
                        >"$work/build.log" 2>&1 || fail "the build of commit 3ae6640"
        fi
        most_kib=0
        compare "scan -j1 of 100,000 incidents; rival: commit 3ae6640" 0.25 1 "$work/most" \
                "$before" scan --format json -j 1 "$work/most"
        ratio_row "  their memory; rival: the same" "$most_kib" "$kib" KiB 0.5
        most_kib=0
}

# shellcheck disable=SC2086  # a list
install_packages $packages_bench || fail "the rivals"
{ cmake --preset bench && cmake --build --preset bench; } >"$work/build.log" 2>&1 || {
        cat "$work/build.log" >&2
        fail "the build"
}
command -v "$oomwatch" >/dev/null || fail "$oomwatch: there is no such program"
wrong='' most_kib=0
row figure ours rival unit ratio bound ''
measure_ordinary
measure_kill_lines "kill lines"
measure_kill_lines "kill lines among their words" --words
measure_json
[ -z "$large" ] || measure_large
