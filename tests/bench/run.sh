#!/bin/sh
# tests/bench/run.sh: measures speed and memory beside a named rival, in one run. No test: what is missed is shown, and
# the exit status says only whether everything could be measured. README.md says what the figures mean.
#
# usage: tests/bench/run.sh [--quick]
#   --quick   builds everything and runs it for a moment: shows that it works; bounds are not looked at
#
# As root: the kernel log is read, a memory cgroup is made for real kills, and two of the programs write some thousand
# records to the kernel log, which push older ones out. Best on a machine that does nothing else.
set -eu
top=$(cd "$(dirname "$0")/../.." && pwd)
cd "$top"
. tests/tools/memcg.sh

starts=9 idle_sec=7 pairs=201 kills=300 lines=200 corpus_sec=6 tasks=100000 quick=
case "${1-}" in
'') ;;
--quick) quick=1 starts=1 idle_sec=1 pairs=3 kills=5 lines=5 corpus_sec=0.3 ;;
*)
        sed -n 's/^# \{0,1\}//; /^usage:/,/^$/p' "$0" >&2
        exit 2
        ;;
esac

bench=$top/build/bench/tests/bench
watcher=$top/build/bench/oomwatchd
memcg=
pids=
# In memory as /run is: the cursor is written there. Its name is short: it holds a socket.
work=$(mktemp -d -p /dev/shm 2>/dev/null || mktemp -d)

# end PID...: ends processes of ours, and waits for them
end() {
        kill "$@" 2>/dev/null || true
        wait "$@" 2>/dev/null || true
}

# shellcheck disable=SC2086  # a list
cleanup() {
        [ -z "$pids" ] || end $pids
        [ -z "$memcg" ] || rmdir "$memcg" 2>/dev/null || true
        rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

fail() {
        echo "run.sh: $*" >&2
        exit 1
}

# The programs' rows as a table.
table() {
        awk -F '\t' -v quick="$quick" '{ printf "%-76s %9s %9s %-15s %8s  %-9s %s\n", $1, $2, $3, $4, $5, $6, quick ? "" : $7 }'
}

configure() {
        cat >"$work/idle.conf" <<CONF
journal { enabled = true }
spool { path = "$work/idle-spool" }
cursor { path = "$work/idle-cursor" }
socket "nobody" { path = "$work/nobody" }
webhook "nobody-else" { url = "https://localhost/" }
CONF
}

# start_watcher [VARIABLE=VALUE...]: sets $pid
start_watcher() {
        env "$@" "$watcher" -c "$work/idle.conf" --from now --stdout none 2>"$work/idle.log" &
        pid=$!
        pids="$pids $pid"
}

# resident PID: KiB, and of these in locked mappings
resident() {
        awk '/^Rss:/ { rss = $2; all += rss } /^VmFlags:.* lo( |$)/ { locked += rss } END { print all + 0, locked + 0 }' \
                "/proc/$1/smaps"
}

# rows FILE COLUMN NAME: lines of "ours rival"
memory_row() {
        awk -v column="$2" -v name="$3" '
                function median(values, n,   i, j, value) {
                        for (i = 2; i <= n; i++) {
                                value = values[i]
                                for (j = i - 1; j > 0 && values[j] > value; j--) values[j + 1] = values[j]
                                values[j + 1] = value
                        }
                        return values[int((n + 1) / 2)]
                }
                { ours[NR] = $column; rival[NR] = $NF; ratio[NR] = $column / $NF }
                END {
                        ratio_ = median(ratio, NR); ours_ = median(ours, NR)
                        printf "%s\t%d\t%d\tKiB\t%.2f\t<= 1.20\t%s\n", name, ours_, median(rival, NR), ratio_,
                                ours_ == 0 ? "not locked" : ratio_ <= 1.2 ? "met" : "MISSED"
                }' "$1"
}

# measure_memory NAME RIVAL [VARIABLE=VALUE...]: the idle watcher and the empty program (RIVAL: its argument, or ""),
# started in pairs
measure_memory() {
        name=$1 rival=$2
        shift 2
        : >"$work/memory"
        for _ in $(seq "$starts"); do
                start_watcher "$@"
                env "$@" "$bench/bench_empty" "$rival" &
                empty=$!
                pids="$pids $empty"
                sleep "$idle_sec" # past the first round of its timer: then it is idle
                kill -0 "$pid" 2>/dev/null || fail "oomwatchd: $(cat "$work/idle.log")"
                echo "$(resident "$pid") $(resident "$empty" | cut -d ' ' -f 1)" >>"$work/memory"
                end "$pid" "$empty"
                pids=
        done
        memory_row "$work/memory" 1 "resident memory, idle, $name"
        memory_row "$work/memory" 2 "  of that locked"
}

measure_records() {
        start_watcher
        sleep 1
        "$bench/bench_records" "$pairs" "$pid" || fail "bench_records"
        end "$pid"
        pids=
}

measure_latency() {
        # a small victim: its end is not to keep a processor busy when the readers wake
        make_memcg oomwatchd-bench 1048576 || fail "no memory cgroup can be made here"
        for sender in "$watcher" forwarder asker; do
                rm -f "$work/socket"
                "$bench/bench_latency" "$sender" "$work" "$memcg" "$kills" 2>"$work/latency.log" ||
                        fail "bench_latency: $(cat "$work/latency.log")"
        done
        rmdir "$memcg"
        memcg=
}

measure_pipe() {
        for sender in "$watcher" forwarder; do
                rm -f "$work/receiver"
                "$bench/bench_pipe" "$sender" "$work" "$lines" || fail "bench_pipe"
        done
}

measure_corpus() {
        find tests/corpus/cases -name '*.kmsg' -exec "$bench/bench_corpus" "$corpus_sec" {} +
}

# The watcher reads a report with few tasks, then one with many: is there more of it in memory after the second, when its housekeeping
# (every 5 s) has given the rows back?
measure_tasks() {
        "$bench/bench_tasks" "$tasks" "$corpus_sec" || fail "bench_tasks"
        printf 'journal { enabled = false }\n' >"$work/tasks.conf"
        mkfifo "$work/tasks.kmsg"
        "$watcher" -c "$work/tasks.conf" --kmsg "$work/tasks.kmsg" --stdout json >"$work/tasks.out" 2>"$work/tasks.log" &
        pid=$!
        pids="$pids $pid"
        exec 3>"$work/tasks.kmsg"
        seq=1000
        for rows in 1000 "$tasks"; do
                "$bench/bench_tasks" --write "$rows" "$seq" >&3
                seq=$((seq + rows + 7))
                waited=0
                until [ "$(wc -l <"$work/tasks.out")" = "$((rows == 1000 ? 1 : 2))" ]; do
                        waited=$((waited + 1))
                        { [ "$waited" -lt 300 ] && kill -0 "$pid" 2>/dev/null; } || fail "oomwatchd: $(cat "$work/tasks.log")"
                        sleep 0.1
                done
                sleep "$idle_sec"
                resident "$pid" | cut -d ' ' -f 1
        done >"$work/tasks.resident"
        exec 3>&-
        end "$pid"
        pids=
        awk -v tasks="$tasks" '
                { kib[NR] = $1 }
                END {
                        printf "resident memory after a report with %d tasks; rival: after one with 1000\t%d\t%d\tKiB\t%.2f\t<= 1.02\t%s\n",
                                tasks, kib[2], kib[1], kib[2] / kib[1], kib[2] <= 1.02 * kib[1] ? "met" : "MISSED"
                }' "$work/tasks.resident"
}

{ cmake --preset bench && cmake --build --preset bench; } >"$work/build.log" 2>&1 || {
        cat "$work/build.log" >&2
        fail "the build"
}
printf 'figure\tours\trival\tunit\tratio\tbound\t\n' | table
if [ "$(id -u)" = 0 ] && [ -r /dev/kmsg ]; then
        configure
        # the rows of each are set when it is at its end: a pipe would hide its failure
        measure_memory "started by hand" "" -u NOTIFY_SOCKET -u WATCHDOG_USEC >"$work/rows"
        measure_memory "as by systemd, the rival says READY=1 too" ready NOTIFY_SOCKET="@oomwatchd-bench-$$" WATCHDOG_USEC=180000000 >>"$work/rows"
        measure_memory "as by systemd" "" NOTIFY_SOCKET="@oomwatchd-bench-$$" WATCHDOG_USEC=180000000 >>"$work/rows"
        table <"$work/rows"
        measure_records >"$work/rows"
        table <"$work/rows"
        measure_latency >"$work/rows"
        table <"$work/rows"
else
        echo "skipped: memory, records, latency: need root and /dev/kmsg" >&2
fi
measure_pipe >"$work/rows"
table <"$work/rows"
measure_corpus >"$work/rows"
table <"$work/rows"
measure_tasks >"$work/rows"
table <"$work/rows"
