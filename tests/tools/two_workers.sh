# shellcheck shell=sh
# tests/tools/two_workers.sh: for scripts that source it.

# two_workers DIRECTORY FUNCTION ITEM...: calls FUNCTION with each item, two at a time. DIRECTORY, a scratch one, is where a worker
# notes that it has taken an item.
two_workers() {
    taken=$1 each=$2
    shift 2
    rm -rf "$taken"
    mkdir -p "$taken"
    for _ in 0 1; do
        (
            number=0
            for item; do
                number=$((number + 1))
                ! mkdir "$taken/$number" 2>/dev/null || "$each" "$item"
            done
        ) &
    done
    wait
    rm -rf "$taken"
}
