/* lib/parse/parser_memory.c: the lines about the machine's memory, and where the body of a report ends.
 *
 * Others print such lines too: a page allocation failure, sysrq-m. Theirs must not become the report's: without a report they
 * belong to none, and where two come at once neither is used (oom_memory.is_doubtful). */

#include "parse/parser_state.h"

struct report_slot *parser_find_body(struct oom_parser *parser, const struct kmsg_line *line)
{
        struct report_slot *slot = parser_find_open(parser, line);

        if (!slot || slot->body.is_over || !parser_goes_on(slot, line))
                return NULL;
        return slot;
}

bool parser_body_take(struct report_slot *slot, const struct kmsg_line *line)
{
        bool is_again = line->is_extended && line->seq == slot->body.line_seq;

        slot->body.line_seq = line->seq;
        return is_again;
}

bool parser_in_place(struct oom_parser *parser, const struct kmsg_line *line, enum oom_line_kind kind)
{
        static const uint8_t blocks[OOM_LINE_KIND_COUNT] = {
                [OOM_LINE_SLAB_ROW] = BODY_SLABS,
                [OOM_LINE_ALLOCATION] = BODY_ALLOCATIONS,
                [OOM_LINE_MEMCG_STAT] = BODY_STATS,
        };
        struct report_slot *slot;

        if (blocks[kind] == BODY_ELSEWHERE)
                return true;
        slot = parser_find_body(parser, line);
        return slot && slot->body.block == blocks[kind];
}

void parser_body_note(struct report_slot *slot, enum oom_line_kind kind)
{
        switch (kind) {
        case OOM_LINE_STACK:
        case OOM_LINE_FRAME:
                if (slot->report.parts & OOM_PART_HEADER)
                        slot->report.parts |= OOM_PART_STACK;
                break;
        case OOM_LINE_TASKS_STATE:
                slot->report.parts |= OOM_PART_TASKS_TITLE;
                slot->body.is_over = true;
                break;
        case OOM_LINE_TASKS_HEADER:
        case OOM_LINE_SUMMARY:
        case OOM_LINE_ANNOUNCEMENT:
                slot->body.is_over = true;
                break;
        case OOM_LINE_TASKS_ROW: /* if it was one: a program by the name "[1] 2 3" that crashes makes a line like it */
                slot->body.is_over |= slot->table != TABLE_NONE;
                break;
        default:
                break;
        }
}

void parser_memory_doubt(struct report_slot *slot)
{
        oom_memory_clear(&slot->report.memory);
        slot->report.memory.is_doubtful = true;
        slot->body.zone = NULL;
}

/* The report that a line after "Mem-Info:" belongs to; NULL: none, or that isn't known. */
static struct report_slot *memory_report(struct oom_parser *parser, const struct kmsg_line *line)
{
        struct report_slot *slot = parser_find_body(parser, line);

        if (!slot || !slot->body.has_memory || slot->report.memory.is_doubtful)
                return NULL;
        if (slot->body.has_foreign) {
                parser_memory_doubt(slot);
                return NULL;
        }
        slot->report.memory.is_known = true;
        return slot;
}

/* A second line of its kind: one of the two is not this report's. */
static bool is_second(struct report_slot *slot, const struct kmsg_line *line, bool is_known)
{
        bool is_again = parser_body_take(slot, line);

        if (!is_known || is_again)
                return false;
        parser_memory_doubt(slot);
        return true;
}

void parser_on_mem_info(struct oom_parser *parser, const struct kmsg_line *line, const struct oom_line *parsed)
{
        struct report_slot *slot = parser_find_body(parser, line);

        (void)parsed;
        /* Since the kernel prints statistics of a cgroup (3.9), it prints either these or the machine's memory. */
        if (!slot || slot->body.has_stats)
                return;
        slot->report.parts |= OOM_PART_MEMORY;
        if (slot->body.has_memory || slot->body.has_foreign)
                parser_memory_doubt(slot);
        slot->body.has_memory = true;
}

void parser_on_failure(struct oom_parser *parser, const struct kmsg_line *line, const struct oom_line *parsed)
{
        struct report_slot *slot = parser_find_body(parser, line);

        (void)parsed;
        if (slot)
                slot->body.has_foreign = true;
}

void parser_on_counters(struct oom_parser *parser, const struct kmsg_line *line, const struct oom_line *parsed)
{
        struct report_slot *slot = memory_report(parser, line);

        if (!slot || is_second(slot, line, slot->body.has_counters))
                return;
        slot->body.has_counters = true;
        memcpy(slot->report.memory.pages, parsed->counters.values, sizeof(slot->report.memory.pages));
}

void parser_on_node(struct oom_parser *parser, const struct kmsg_line *line, const struct oom_line *parsed)
{
        struct report_slot *slot = memory_report(parser, line);
        struct oom_memory *memory;
        struct oom_node *node;
        uint8_t used;

        if (!slot)
                return;
        memory = &slot->report.memory;
        used = memory->n_nodes;
        node = oom_memory_node(memory, parsed->counters.node);
        if (is_second(slot, line, node && used == memory->n_nodes) || !node)
                return;
        node->all_unreclaimable = parsed->counters.all_unreclaimable;
        memcpy(node->counters, parsed->counters.values, sizeof(node->counters));
}

void parser_on_zone(struct oom_parser *parser, const struct kmsg_line *line, const struct oom_line *parsed)
{
        struct report_slot *slot = memory_report(parser, line);
        struct oom_zone *zone;

        if (!slot)
                return;
        zone = oom_memory_zone(&slot->report.memory, parsed->counters.node, parsed->counters.zone);
        if (is_second(slot, line, zone && zone->counters[OOM_COUNTER_FREE] != OOM_UNKNOWN))
                return;
        slot->body.zone = zone;
        if (!zone)
                return;
        zone->all_unreclaimable = parsed->counters.all_unreclaimable;
        memcpy(zone->counters, parsed->counters.values, sizeof(zone->counters));
}

void parser_on_lowmem_reserve(struct oom_parser *parser, const struct kmsg_line *line, const struct oom_line *parsed)
{
        struct report_slot *slot = memory_report(parser, line);
        struct oom_zone *zone = slot ? slot->body.zone : NULL;

        if (!slot)
                return;
        if (!zone || (!parser_body_take(slot, line) && zone->lowmem_reserve_pages[0] != OOM_UNKNOWN)) {
                slot->report.memory.is_cut = true; /* the line of its zone was lost, or had no room */
                slot->body.zone = NULL;
                return;
        }
        for (size_t i = 0; i < parsed->lowmem_reserve.count; i++)
                zone->lowmem_reserve_pages[i] = parsed->lowmem_reserve.pages[i];
}

void parser_on_buddy(struct oom_parser *parser, const struct kmsg_line *line, const struct oom_line *parsed)
{
        const struct oom_line_buddy *buddy = &parsed->buddy;
        struct report_slot *slot = memory_report(parser, line);
        struct oom_memory *memory;
        struct oom_zone *zone;

        if (!slot)
                return;
        memory = &slot->report.memory;
        zone = oom_memory_zone(memory, buddy->node, buddy->zone);
        if (is_second(slot, line, zone && zone->buddy_bytes != OOM_UNKNOWN))
                return;
        if (memory->page_size_bytes == OOM_UNKNOWN)
                memory->page_size_bytes = buddy->page_size_bytes;
        if (buddy->n_orders > OOM_ORDERS_MAX)
                memory->is_cut = true;
        if (!zone || parsed->is_cut) /* of some of the orders nothing can be concluded */
                return;
        zone->buddy_bytes = buddy->bytes;
        for (size_t i = 0; i < buddy->n_orders && i < OOM_ORDERS_MAX; i++)
                zone->free_blocks[i] = buddy->blocks[i];
}

void parser_on_hugepages(struct oom_parser *parser, const struct kmsg_line *line, const struct oom_line *parsed)
{
        const struct oom_hugepages *hugepages = &parsed->hugepages;
        struct report_slot *slot = memory_report(parser, line);
        struct oom_memory *memory;
        bool is_known = false;

        if (!slot)
                return;
        memory = &slot->report.memory;
        if (parsed->is_cut) {
                memory->is_cut = true;
                return;
        }
        for (size_t i = 0; i < memory->n_hugepages; i++)
                is_known |= memory->hugepages[i].node == hugepages->node &&
                            memory->hugepages[i].size_bytes == hugepages->size_bytes;
        if (is_second(slot, line, is_known))
                return;
        if (memory->n_hugepages == OOM_HUGEPAGES_MAX)
                memory->is_cut = true;
        else
                memory->hugepages[memory->n_hugepages++] = *hugepages;
}

void parser_on_total(struct oom_parser *parser, const struct kmsg_line *line, const struct oom_line *parsed)
{
        static const uint16_t offsets[OOM_TOTAL_IGNORED] = {
                [OOM_TOTAL_RAM] = offsetof(struct oom_memory, ram_pages),
                [OOM_TOTAL_HIGHMEM] = offsetof(struct oom_memory, highmem_pages),
                [OOM_TOTAL_RESERVED] = offsetof(struct oom_memory, reserved_pages),
                [OOM_TOTAL_CMA_RESERVED] = offsetof(struct oom_memory, cma_reserved_pages),
                [OOM_TOTAL_HWPOISONED] = offsetof(struct oom_memory, hwpoisoned_pages),
                [OOM_TOTAL_PAGECACHE] = offsetof(struct oom_memory, pagecache_pages),
                [OOM_TOTAL_SWAPCACHE] = offsetof(struct oom_memory, swapcache_pages),
                [OOM_TOTAL_SWAP_FREE] = offsetof(struct oom_memory, swap_free_bytes),
                [OOM_TOTAL_SWAP_TOTAL] = offsetof(struct oom_memory, swap_total_bytes),
        };
        const struct oom_line_total *total = &parsed->total;
        struct report_slot *slot = memory_report(parser, line);
        int64_t *value;

        if (!slot || total->which == OOM_TOTAL_IGNORED)
                return;
        value = (int64_t *)((char *)&slot->report.memory + offsets[total->which]);
        /* 3.19 prints "pages reserved" again, less the pages of CMA, which are not among them: the first is right. */
        if (total->which == OOM_TOTAL_RESERVED && *value != OOM_UNKNOWN)
                return;
        if (!is_second(slot, line, *value != OOM_UNKNOWN))
                *value = total->value;
}

void parser_on_slab(struct oom_parser *parser, const struct kmsg_line *line, const struct oom_line *parsed)
{
        struct report_slot *slot = parser_find_body(parser, line);

        (void)parsed;
        if (slot)
                slot->body.block = BODY_SLABS;
}

/* Keeps the largest, in order. */
void parser_on_slab_row(struct oom_parser *parser, const struct kmsg_line *line, const struct oom_line *parsed)
{
        struct report_slot *slot = parser_find_body(parser, line);
        struct oom_memory *memory = slot ? &slot->report.memory : NULL;
        struct oom_slab *slab;
        size_t at;

        if (!memory || memory->is_doubtful)
                return;
        memory->is_known = true;
        for (at = memory->n_slabs; at > 0 && memory->slabs[at - 1].total_bytes < parsed->slab.total_bytes;)
                at--;
        if (at == OOM_SLABS_MAX)
                return;
        if (memory->n_slabs < OOM_SLABS_MAX)
                memory->n_slabs++;
        memmove(&memory->slabs[at + 1], &memory->slabs[at], (memory->n_slabs - 1 - at) * sizeof(memory->slabs[0]));
        slab = &memory->slabs[at];
        slab->name_length = (uint8_t)text_copy(parsed->slab.name, slab->name, sizeof(slab->name));
        slab->used_bytes = parsed->slab.used_bytes;
        slab->total_bytes = parsed->slab.total_bytes;
}

void parser_on_allocations(struct oom_parser *parser, const struct kmsg_line *line, const struct oom_line *parsed)
{
        struct report_slot *slot = memory_report(parser, line);

        (void)parsed;
        if (slot && !is_second(slot, line, slot->report.memory.n_allocations > 0))
                slot->body.block = BODY_ALLOCATIONS;
}

void parser_on_allocation(struct oom_parser *parser, const struct kmsg_line *line, const struct oom_line *parsed)
{
        struct report_slot *slot = memory_report(parser, line);
        struct oom_memory *memory = slot ? &slot->report.memory : NULL;
        struct oom_allocation *allocation;

        if (!memory)
                return;
        if (memory->n_allocations == OOM_ALLOCATIONS_MAX) {
                memory->is_cut = true;
                return;
        }
        allocation = &memory->allocations[memory->n_allocations++];
        allocation->bytes = parsed->allocation.bytes;
        allocation->calls = parsed->allocation.calls;
        allocation->where_length =
                (uint8_t)text_copy(parsed->allocation.where, allocation->where, sizeof(allocation->where));
}
