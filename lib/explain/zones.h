/* lib/explain/zones.h: which of the machine's zones an allocation could use, and what was free in them and elsewhere.
 *
 * A report shows the zones of the nodes that the allocation may use; since 6.1 only those that its flags allow
 * (mm/show_mem.c, __show_free_areas()). What is not shown is known from the totals alone, and whether it is in other zones or on
 * other nodes only where something else shows it. Nothing is known of a report that lacks a zone. */

#pragma once

#include "explain/facts.h"

struct zones {
        const struct oom_zone *highest;    /* that it can use and that has memory; NULL: unknown */
        size_t n_usable;                   /* zones that it can use and that have memory */
        bool is_limited;                   /* gfp flags exclude some kinds of zones */
        int64_t free_bytes;                /* in those that it can use, as far as it may use that: without CMA */
        int64_t floor_bytes;               /* what must stay free there: min watermarks, and reserves */
        int64_t free_in_other_zones_bytes; /* of its own nodes */
        bool has_other_nodes;              /* the report shows that there are nodes with memory that it may not use */
        int64_t free_on_other_nodes_bytes;
        int64_t memory_on_other_nodes_bytes;
        bool is_exhausted; /* those that it can use are down at their watermarks */
        const struct oom_zone
                *fragmented;      /* one that is above its watermark, where none has a large enough block; NULL: none */
        int64_t fragmented_bytes; /* what is free in it */
};

/* Unknown parts are OOM_UNKNOWN, false where nothing is known. */
struct zones zones_of(const struct facts *facts);

/* Is it that memory was free, but not where, or not in the blocks that, the allocation needed? Or was there none, but a SysRq? */
bool zones_explain(const struct facts *facts);

/* May the allocation use contiguous memory areas (CMA)? They lend their pages to what can be moved only. False: that isn't
 * known either. */
bool zones_is_kept_from_cma(const struct oom_trigger *trigger);
