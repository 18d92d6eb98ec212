/* lib/oom/memory.h: the machine's memory as a report prints it ("Mem-Info:", mm/show_mem.c, before 6.6 lib/show_mem.c and
 * mm/page_alloc.c), and the memory of the cgroup whose limit was hit (mem_cgroup_print_oom_meminfo(), mm/memcontrol.c).
 *
 * Only values. Which line gives which: line.h; who fills them in: parser_memory.c, parser_memcg.c. */

#pragma once

#include "oom/value.h"

/* What doesn't fit is left out, and oom_memory.is_cut says so. */
#define OOM_NODES_MAX       32
#define OOM_ZONES_MAX       64
#define OOM_HUGEPAGES_MAX   32
#define OOM_ORDERS_MAX      16 /* MAX_PAGE_ORDER is 10 on most machines, 13 at most (arm64 with 64 KiB pages) */
#define OOM_SLABS_MAX       10 /* the largest */
#define OOM_ALLOCATIONS_MAX 10 /* as many as the kernel prints */
#define OOM_ZONE_NAME_MAX   15
#define OOM_ZONE_KINDS_MAX  8   /* MAX_NR_ZONES: DMA, DMA32, Normal, HighMem, Movable, Device at most */
#define OOM_STATS_MAX       160 /* 6.12 prints some 60 on cgroup v2, 50 on v1 */
#define OOM_STAT_NAME_MAX   39

/* The figures of Mem-Info: its totals, a node's, a zone's, by the kernel's names. Sizes are in pages in the totals, in bytes in nodes
 * and zones. */
enum oom_counter {
        OOM_COUNTER_FREE,
        OOM_COUNTER_BOOST, /* watermarks: boost, min, low, high */
        OOM_COUNTER_MIN,
        OOM_COUNTER_LOW,
        OOM_COUNTER_HIGH,
        OOM_COUNTER_RESERVED_HIGHATOMIC,
        OOM_COUNTER_FREE_HIGHATOMIC,
        OOM_COUNTER_ACTIVE, /* up to 2.6.27: both kinds together */
        OOM_COUNTER_INACTIVE,
        OOM_COUNTER_ACTIVE_ANON,
        OOM_COUNTER_INACTIVE_ANON,
        OOM_COUNTER_ISOLATED_ANON, /* "isolated_anon", "isolated(anon)" */
        OOM_COUNTER_ACTIVE_FILE,
        OOM_COUNTER_INACTIVE_FILE,
        OOM_COUNTER_ISOLATED_FILE,
        OOM_COUNTER_UNEVICTABLE,
        OOM_COUNTER_MLOCKED,
        OOM_COUNTER_DIRTY,
        OOM_COUNTER_WRITEBACK,
        OOM_COUNTER_WRITEBACK_TMP,
        OOM_COUNTER_WRITEPENDING,
        OOM_COUNTER_UNSTABLE,
        OOM_COUNTER_MAPPED,
        OOM_COUNTER_SHMEM,
        OOM_COUNTER_SHMEM_THP,
        OOM_COUNTER_SHMEM_PMDMAPPED,
        OOM_COUNTER_ANON_THP,
        OOM_COUNTER_SLAB, /* up to 2.6.27: both kinds together */
        OOM_COUNTER_SLAB_RECLAIMABLE,
        OOM_COUNTER_SLAB_UNRECLAIMABLE,
        OOM_COUNTER_KERNEL_MISC_RECLAIMABLE,
        OOM_COUNTER_KERNEL_STACK,
        OOM_COUNTER_SHADOW_CALL_STACK,
        OOM_COUNTER_PAGETABLES,
        OOM_COUNTER_SEC_PAGETABLES,
        OOM_COUNTER_ZSPAGES,
        OOM_COUNTER_BALLOON,
        OOM_COUNTER_GPU_ACTIVE,
        OOM_COUNTER_GPU_RECLAIM,
        OOM_COUNTER_BOUNCE,
        OOM_COUNTER_FREE_PCP,
        OOM_COUNTER_LOCAL_PCP,
        OOM_COUNTER_FREE_CMA,
        OOM_COUNTER_PRESENT,
        OOM_COUNTER_MANAGED,
        OOM_COUNTER_PAGES_SCANNED, /* a count everywhere */
        OOM_COUNTER_COUNT,
};

/* The kernel's name for it, "active_anon"; isolated(anon) is "isolated_anon" as in the totals. */
const char *oom_counter_name(enum oom_counter counter);
/* The counter of one of the names that the kernel prints. OOM_COUNTER_COUNT: there is no such name. */
enum oom_counter oom_counter_find(struct text name);

struct oom_node {
        int64_t number;
        int64_t counters[OOM_COUNTER_COUNT]; /* bytes */
        int64_t all_unreclaimable;           /* 1 yes, 0 no */
};

struct oom_zone {
        int64_t node; /* OOM_UNKNOWN: the kernel has no nodes */
        uint8_t name_length;
        char name[OOM_ZONE_NAME_MAX];        /* "DMA32" */
        int64_t counters[OOM_COUNTER_COUNT]; /* bytes */
        int64_t all_unreclaimable;           /* 1 yes, 0 no; up to 4.7 zones print it */
        /* pages kept from allocations that could use zone i of this node */
        int64_t lowmem_reserve_pages[OOM_ZONE_KINDS_MAX];
        int64_t free_blocks[OOM_ORDERS_MAX]; /* of 2^i pages: the buddy line */
        int64_t buddy_bytes;                 /* its "= NkB" */
};

struct oom_hugepages {
        int64_t node;                 /* OOM_UNKNOWN: not printed */
        int64_t total, free, surplus; /* counts of huge pages */
        int64_t size_bytes;
};

struct oom_slab {
        uint8_t name_length;
        char name[OOM_STAT_NAME_MAX];
        int64_t used_bytes, total_bytes;
};

struct oom_allocation { /* CONFIG_MEM_ALLOC_PROFILING */
        int64_t bytes, calls;
        uint8_t where_length;
        char where[127]; /* "mm/slub.c:1234 func:alloc_slab_page" as printed */
};

/* The machine's memory. is_known: a line of it was read. */
struct oom_memory {
        bool is_known;
        bool is_cut;             /* a zone's line was lost, or something of it had no room here */
        bool is_doubtful;        /* two such blocks were printed at once, and which is this report's isn't known */
        int64_t page_size_bytes; /* as the buddy lines have it ("3*4kB") */
        int64_t pages[OOM_COUNTER_COUNT]; /* the totals */
        int64_t pagecache_pages, swapcache_pages;
        int64_t swap_free_bytes, swap_total_bytes;
        int64_t ram_pages, highmem_pages, reserved_pages, cma_reserved_pages, hwpoisoned_pages;
        uint8_t n_nodes, n_zones, n_hugepages, n_slabs, n_allocations;
        struct oom_node nodes[OOM_NODES_MAX];
        struct oom_zone zones[OOM_ZONES_MAX];
        struct oom_hugepages hugepages[OOM_HUGEPAGES_MAX];
        struct oom_slab slabs[OOM_SLABS_MAX];                   /* unreclaimable ones, largest total first */
        struct oom_allocation allocations[OOM_ALLOCATIONS_MAX]; /* in the order printed: the largest first */
};

/* One counter of a cgroup: "memory: usage 51200kB, limit 51200kB, failcnt 658". */
enum oom_usage_kind { OOM_USAGE_MEMORY, OOM_USAGE_MEMSW, OOM_USAGE_KMEM, OOM_USAGE_SWAP, OOM_USAGE_COUNT };

struct oom_usage {
        int64_t usage_bytes, limit_bytes /* or OOM_UNLIMITED */, failcnt;
};

struct oom_stat {
        uint8_t name_length;
        char name[OOM_STAT_NAME_MAX];
        int64_t value; /* bytes for what is a size, else a count: as memory.stat has it */
};

/* What the children of the cgroup whose limit was hit hold of the memory that memory.min and memory.low keep for them; of the
 * whole machine: the top-level cgroups. Not their settings. Of it reclaim takes nothing (min), or takes it last (low). */
struct oom_protection {
        int64_t min_bytes, low_bytes;
};

/* The cgroup whose limit was hit. */
struct oom_memcg {
        struct oom_usage usages[OOM_USAGE_COUNT];
        bool is_stats_cut; /* the kernel's record was too short for all of them (5.3 to 6.4), or there is no more room here */
        uint8_t n_stats;
        /* In the order printed. Up to 5.2 the kernel prints a line for each cgroup below the limit: these are their sums. */
        struct oom_stat stats[OOM_STATS_MAX];
};

void oom_memory_clear(struct oom_memory *memory);

/* Finds the node (zone) of that number (and name), or makes it, with all figures unknown. NULL: there is no room for it;
 * memory->is_cut is set then. Both are valid as long as memory is. */
struct oom_node *oom_memory_node(struct oom_memory *memory, int64_t number);
struct oom_zone *oom_memory_zone(struct oom_memory *memory, int64_t node, struct text name);
void oom_memcg_clear(struct oom_memcg *memcg);

/* The value of a statistic; OOM_UNKNOWN: not printed. */
int64_t oom_memcg_stat(const struct oom_memcg *memcg, struct text name);

/* What the kernel manages of the RAM: without what it reserved at boot. */
static inline int64_t oom_memory_managed_pages(const struct oom_memory *memory)
{
        if (memory->ram_pages == OOM_UNKNOWN || memory->reserved_pages == OOM_UNKNOWN ||
            memory->reserved_pages > memory->ram_pages)
                return OOM_UNKNOWN;
        return memory->ram_pages - memory->reserved_pages;
}
