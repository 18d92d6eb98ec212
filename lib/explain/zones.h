/* lib/explain/zones.h: which of the machine's zones an allocation could use, and what was free in them and elsewhere.
 *
 * A report shows the zones of the nodes that the allocation may use; since 6.1 only those that its flags allow
 * (mm/show_mem.c, __show_free_areas()). What is not shown is known from the totals alone. */

#pragma once

#include "explain/facts.h"

struct zones {
        const char *name; /* of the highest zone that it can use; NULL: unknown. name_length bytes */
        size_t name_length;
        bool is_limited;                   /* gfp flags exclude some of the zones that this machine has */
        int64_t free_bytes;                /* in those that it can use */
        int64_t floor_bytes;               /* what must stay free there */
        int64_t free_in_other_zones_bytes; /* of its own nodes */
        int64_t free_on_other_nodes_bytes;
        int64_t memory_on_other_nodes_bytes;
        bool is_exhausted;  /* each of those that it can use is down at its floor */
        bool is_fragmented; /* a zone that it can use is above its floor, but has no block that is large enough */
};

/* Unknown parts are OOM_UNKNOWN, false where nothing is known. */
struct zones zones_of(const struct facts *facts);
