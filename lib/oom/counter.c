/* lib/oom/counter.c: the kernel's names of the figures in the summary, in node and in zone lines. */

#include "oom/memory.h"
#include "util/array.h"

#define NAME_MAX_LENGTH 23

/* By length, then by bytes: a zone line has some 25 of them, and each is looked for here. The first name of a counter that
 * begins with a small letter is the one that we show. The table holds the names themselves, no pointers to them: nothing
 * is relocated, and pages that nobody reads aren't resident. */
static const struct printed {
        uint8_t length, counter;
        char name[NAME_MAX_LENGTH + 1];
} printed[] = {
        { 3, OOM_COUNTER_LOW, "low" },
        { 3, OOM_COUNTER_MIN, "min" },
        { 4, OOM_COUNTER_FREE, "free" },
        { 4, OOM_COUNTER_HIGH, "high" },
        { 4, OOM_COUNTER_SLAB, "slab" },
        { 5, OOM_COUNTER_BOOST, "boost" },
        { 5, OOM_COUNTER_DIRTY, "dirty" },
        { 5, OOM_COUNTER_SHMEM, "shmem" },
        { 6, OOM_COUNTER_ACTIVE, "Active" },
        { 6, OOM_COUNTER_ACTIVE, "active" },
        { 6, OOM_COUNTER_BOUNCE, "bounce" },
        { 6, OOM_COUNTER_MAPPED, "mapped" },
        { 7, OOM_COUNTER_BALLOON, "Balloon" },
        { 7, OOM_COUNTER_BALLOON, "balloon" },
        { 7, OOM_COUNTER_MANAGED, "managed" },
        { 7, OOM_COUNTER_MLOCKED, "mlocked" },
        { 7, OOM_COUNTER_PRESENT, "present" },
        { 7, OOM_COUNTER_ZSPAGES, "zspages" },
        { 8, OOM_COUNTER_ANON_THP, "anon_thp" },
        { 8, OOM_COUNTER_FREE_CMA, "free_cma" },
        { 8, OOM_COUNTER_FREE_PCP, "free_pcp" },
        { 8, OOM_COUNTER_INACTIVE, "inactive" },
        { 8, OOM_COUNTER_UNSTABLE, "unstable" },
        { 9, OOM_COUNTER_LOCAL_PCP, "local_pcp" },
        { 9, OOM_COUNTER_SHMEM_THP, "shmem_thp" },
        { 9, OOM_COUNTER_WRITEBACK, "writeback" },
        { 10, OOM_COUNTER_GPU_ACTIVE, "gpu_active" },
        { 10, OOM_COUNTER_PAGETABLES, "pagetables" },
        { 11, OOM_COUNTER_ACTIVE_ANON, "Active_anon" },
        { 11, OOM_COUNTER_ACTIVE_ANON, "active_anon" },
        { 11, OOM_COUNTER_ACTIVE_FILE, "active_file" },
        { 11, OOM_COUNTER_GPU_RECLAIM, "gpu_reclaim" },
        { 11, OOM_COUNTER_UNEVICTABLE, "unevictable" },
        { 12, OOM_COUNTER_KERNEL_STACK, "kernel_stack" },
        { 12, OOM_COUNTER_WRITEPENDING, "writepending" },
        { 13, OOM_COUNTER_INACTIVE_ANON, "inactive_anon" },
        { 13, OOM_COUNTER_INACTIVE_FILE, "inactive_file" },
        { 13, OOM_COUNTER_ISOLATED_ANON, "isolated_anon" },
        { 13, OOM_COUNTER_ISOLATED_FILE, "isolated_file" },
        { 13, OOM_COUNTER_PAGES_SCANNED, "pages_scanned" },
        { 13, OOM_COUNTER_WRITEBACK_TMP, "writeback_tmp" },
        { 14, OOM_COUNTER_ISOLATED_ANON, "isolated(anon)" },
        { 14, OOM_COUNTER_ISOLATED_FILE, "isolated(file)" },
        { 14, OOM_COUNTER_SEC_PAGETABLES, "sec_pagetables" },
        { 15, OOM_COUNTER_FREE_HIGHATOMIC, "free_highatomic" },
        { 15, OOM_COUNTER_SHMEM_PMDMAPPED, "shmem_pmdmapped" },
        { 16, OOM_COUNTER_SLAB_RECLAIMABLE, "slab_reclaimable" },
        { 17, OOM_COUNTER_SHADOW_CALL_STACK, "shadow_call_stack" },
        { 18, OOM_COUNTER_SLAB_UNRECLAIMABLE, "slab_unreclaimable" },
        { 19, OOM_COUNTER_RESERVED_HIGHATOMIC, "reserved_highatomic" },
        { 23, OOM_COUNTER_KERNEL_MISC_RECLAIMABLE, "kernel_misc_reclaimable" },
};

const char *oom_counter_name(enum oom_counter counter)
{
        size_t i = 0;

        while (printed[i].counter != counter || printed[i].name[0] < 'a')
                i++;
        return printed[i].name;
}

enum oom_counter oom_counter_find(struct text name)
{
        size_t low = 0, high = COUNT(printed);

        while (low < high) {
                size_t middle = (low + high) / 2;
                int order = (int)printed[middle].length -
                            (name.length > NAME_MAX_LENGTH ? NAME_MAX_LENGTH + 1 : (int)name.length);

                if (order == 0 && name.length)
                        order = memcmp(printed[middle].name, name.data, name.length);
                if (order == 0)
                        return (enum oom_counter)printed[middle].counter;
                if (order < 0)
                        low = middle + 1;
                else
                        high = middle;
        }
        return OOM_COUNTER_COUNT;
}
