# shellcheck shell=sh
# tests/tools/memcg.sh: a throw-away memory cgroup (v1 or v2, whichever the machine has). To be sourced.

# A directory for a new memory cgroup, below our own where that can be: prints "v1 DIR" or "v2 DIR".
memcg_place() {
    own=$(sed -n 's/^[0-9]*:\([^:]*,\)*memory\(,[^:]*\)*:\(.*\)$/\3/p' /proc/self/cgroup)
    if [ -n "$own" ]; then
        mount=$(awk '$3 == "cgroup" && $4 ~ /(^|,)memory(,|$)/ { print $2; exit }' /proc/mounts)
        [ -d "$mount$own" ] || own=/
        echo "v1 ${mount}${own%/}"
        return
    fi
    mount=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/mounts)
    [ -n "$mount" ] || return 1
    # v2: processes live in leaves, so the nearest ancestor that hands the memory controller down
    own=$mount$(sed -n 's/^0::\(.*\)$/\1/p' /proc/self/cgroup)
    own=${own%/}
    while [ "$own" != "$mount" ] && ! grep -qw memory "$own/cgroup.subtree_control" 2>/dev/null; do
        own=${own%/*}
    done
    [ "$own" != "$mount" ] || echo +memory >"$mount/cgroup.subtree_control"
    echo "v2 $own"
}

# make_memcg NAME BYTES: sets $memcg to the directory of a new one, where no more than BYTES can be had, and no swap. To
# be removed with rmdir. Returns 1 where none can be made or it gets no limit: nothing may be run in it then. $memcg is
# empty where there is none.
make_memcg() {
    memcg=
    found=$(memcg_place) || return 1
    directory=${found#* }/$1-$$
    mkdir "$directory" || return 1
    # shellcheck disable=SC2034  # for those who source this
    memcg=$directory
    if [ "${found%% *}" = v1 ]; then
        echo "$2" >"$directory/memory.limit_in_bytes" || return 1
        [ ! -e "$directory/memory.memsw.limit_in_bytes" ] || echo "$2" >"$directory/memory.memsw.limit_in_bytes"
    else
        echo "$2" >"$directory/memory.max" || return 1
        [ ! -e "$directory/memory.swap.max" ] || echo 0 >"$directory/memory.swap.max"
    fi
}
