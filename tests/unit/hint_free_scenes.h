/* tests/unit/hint_free_scenes.h: what makes each hint true, or nearly so, that says why memory that is free was no help: zones,
 * blocks, nodes, CMA (test_hints.c). */

#pragma once

#include "explain_scene.h"

/* The reserves of a zone against allocations that could use the second, third, ... kind of zone. */
static void set_reserves(struct scene *scene, size_t zone_number, int64_t second, int64_t third)
{
        int64_t *pages = scene->report.memory.zones[zone_number].lowmem_reserve_pages;

        pages[0] = 0;
        pages[1] = second / PAGE;
        pages[2] = pages[3] = third / PAGE;
}

static void make_dma32_only(struct scene *scene)
{
        scene->report.trigger.gfp_mask = 0xcc4;
        scene->report.constraint = OOM_CONSTRAINT_NONE;
        set_reserves(scene, 0, MIB(100), MIB(200));
        set_reserves(scene, 1, 0, MIB(100));
        scene->report.memory.pages[OOM_COUNTER_FREE] = MIB(320) / PAGE;
        add_zone(scene, 0, "Normal", MIB(300), MIB(20));
}

/* As from 6.1 on: the zone above is not shown, but the total of what is free has it. */
static void make_dma32_only_hidden(struct scene *scene)
{
        make_dma32_only(scene);
        scene->report.memory.n_zones--;
}

/* The same, but it may as well be on a node that it may not use. */
static void make_dma32_only_hidden_or_elsewhere(struct scene *scene)
{
        make_dma32_only_hidden(scene);
        scene->report.constraint = OOM_CONSTRAINT_UNKNOWN;
        scene->report.mems_allowed.is_known = true;
}

/* By less than the figures move. */
static void make_dma32_hardly_above(struct scene *scene)
{
        make_dma32_only(scene);
        scene->report.memory.zones[1].counters[OOM_COUNTER_FREE] = MIB(21);
}

static void make_dma32_with_spare(struct scene *scene)
{
        make_dma32_only(scene);
        scene->report.memory.zones[1].counters[OOM_COUNTER_FREE] = MIB(40);
}

/* The reserve of the highest zone that it can use is kept from nobody who may use that zone alone. */
static void make_dma32_with_spare_and_reserve(struct scene *scene)
{
        make_dma32_with_spare(scene);
        scene->report.memory.zones[1].lowmem_reserve_pages[4] = MIB(500) / PAGE;
}

/* 2.6.18 prints zones that have no memory, and counts a reserve in them. */
static void make_empty_zones(struct scene *scene)
{
        struct oom_memory *memory = &scene->report.memory;

        scene->report.trigger.gfp_mask = 0xd0;
        memory->zones[1].counters[OOM_COUNTER_FREE] = memory->zones[1].counters[OOM_COUNTER_MIN] = 0;
        memory->zones[1].counters[OOM_COUNTER_PRESENT] = 0;
        add_zone(scene, OOM_UNKNOWN, "Normal", 0, 0);
        memory->zones[2].counters[OOM_COUNTER_PRESENT] = 0;
        add_zone(scene, OOM_UNKNOWN, "HighMem", MIB(300), KIB(512));
        memory->zones[0].node = memory->zones[1].node = OOM_UNKNOWN;
        set_reserves(scene, 0, 0, 0);
        memory->zones[0].lowmem_reserve_pages[3] = 19760;
        memory->pages[OOM_COUNTER_FREE] = MIB(304) / PAGE;
}

/* i386: the zone above is hidden; there are no nodes. */
static void make_lowmem(struct scene *scene)
{
        make_dma32_only_hidden(scene);
        scene->report.trigger.gfp_mask = 0xcc0;
        scene->report.constraint = OOM_CONSTRAINT_UNKNOWN;
        scene->report.memory.zones[0].node = scene->report.memory.zones[1].node = OOM_UNKNOWN;
        memcpy(scene->report.memory.zones[1].name, "Norm", 4);
}

static void make_lowmem_of_sysrq(struct scene *scene)
{
        make_lowmem(scene);
        scene->report.trigger.is_sysrq = true;
}

/* GFP_HIGHUSER: may not use what only movable memory may. */
static void make_below_movable(struct scene *scene)
{
        make_dma32_only(scene);
        scene->report.trigger.gfp_mask = 0x100cc2;
        memcpy(scene->report.memory.zones[2].name, "Movable", 7);
        scene->report.memory.zones[2].name_length = 7;
}

/* Most of what is free in the low zone is CMA. */
static void make_lowmem_of_cma(struct scene *scene)
{
        make_lowmem(scene);
        scene->report.memory.zones[1].counters[OOM_COUNTER_FREE] = MIB(100);
        scene->report.memory.zones[1].counters[OOM_COUNTER_FREE_CMA] = MIB(90);
        scene->report.memory.pages[OOM_COUNTER_FREE] = MIB(404) / PAGE;
}

/* Only its line of blocks was read. */
static void make_lost_zone(struct scene *scene)
{
        make_lowmem(scene);
        scene->report.memory.zones[0].counters[OOM_COUNTER_FREE] = OOM_UNKNOWN;
}

/* The mask that is printed for a page fault says nothing of zones. */
static void make_page_fault(struct scene *scene)
{
        make_dma32_only(scene);
        scene->report.trigger.gfp_mask = 0;
        scene->report.memory.n_zones--;
        add_zone(scene, 0, "HighMem", MIB(300), MIB(20));
}

static void make_fragmented(struct scene *scene)
{
        scene->report.trigger.order = 3;
        scene->report.memory.zones[1].counters[OOM_COUNTER_FREE] = MIB(40);
        set_buddy(scene, 0, 0, 128);
        set_buddy(scene, 1, MIB(40) / PAGE, 0);
}

/* What is above the watermark are blocks that it may not use. */
static void make_fragmented_without_cma(struct scene *scene)
{
        make_fragmented(scene);
        scene->report.trigger.gfp_mask = 0xcc0;
        scene->report.memory.zones[1].counters[OOM_COUNTER_FREE_CMA] = MIB(25);
}

static void make_order_3_with_blocks(struct scene *scene)
{
        make_fragmented(scene);
        set_buddy(scene, 1, MIB(39) / PAGE, 32);
}

static void make_order_3_without_memory(struct scene *scene)
{
        make_fragmented(scene);
        scene->report.memory.zones[1].counters[OOM_COUNTER_FREE] = MIB(20);
}

static void make_confined(struct scene *scene)
{
        scene->report.scope = OOM_SCOPE_CPUSET;
        allow_node(&scene->report.mems_allowed, 0);
        scene->report.memory.pages[OOM_COUNTER_FREE] = MIB(320) / PAGE;
}

/* All nodes are shown: the total is in none but these. */
static void make_policy(struct scene *scene)
{
        make_confined(scene);
        scene->report.scope = OOM_SCOPE_MEMPOLICY;
        scene->report.mems_allowed.is_known = false;
        allow_node(&scene->report.nodemask, 0);
        add_zone(scene, 1, "Normal", MIB(300), MIB(20));
}

/* The kernel does not say that nodes are kept from it; but others are shown. */
static void make_other_node_shown(struct scene *scene)
{
        make_confined(scene);
        scene->report.scope = OOM_SCOPE_GLOBAL;
        add_zone(scene, 1, "Normal", MIB(300), MIB(20));
}

static void make_other_node_by_hugepages(struct scene *scene)
{
        make_confined(scene);
        scene->report.scope = OOM_SCOPE_GLOBAL;
        scene->report.memory.n_hugepages = 1;
        scene->report.memory.hugepages[0] = (struct oom_hugepages){ 1, 0, 0, 0, MIB(2) };
}

/* The cpuset allows node 0, and there is no other: the rest is in a zone that is not shown. */
static void make_one_node(struct scene *scene)
{
        make_dma32_only_hidden(scene);
        allow_node(&scene->report.mems_allowed, 0);
}

static void make_one_node_of_sysrq(struct scene *scene)
{
        make_one_node(scene);
        scene->report.trigger.is_sysrq = true;
}

/* How much of what isn't shown is on other nodes, and how much in other zones, is not known. */
static void make_confined_and_hidden(struct scene *scene)
{
        make_confined(scene);
        scene->report.trigger.gfp_mask = 0xcc0;
        scene->report.parts |= OOM_PART_SUMMARY;
}

static void make_confined_all_full(struct scene *scene)
{
        make_confined(scene);
        scene->report.memory.pages[OOM_COUNTER_FREE] = MIB(20) / PAGE;
}

/* What is free elsewhere was not printed: then it is in the RAM that is not shown. */
static void make_confined_by_totals(struct scene *scene)
{
        make_confined(scene);
        scene->report.memory.pages[OOM_COUNTER_FREE] = OOM_UNKNOWN;
        scene->report.memory.zones[0].counters[OOM_COUNTER_MANAGED] = MIB(16);
        scene->report.memory.zones[1].counters[OOM_COUNTER_PRESENT] = MIB(496);
}

static void make_free_cma(struct scene *scene)
{
        scene->report.trigger.gfp_mask = 0xcc0;
        oom_path_set(&scene->report.trigger.gfp_flags, TEXT("GFP_KERNEL"));
        scene->report.memory.pages[OOM_COUNTER_FREE] = MIB(100) / PAGE;
        scene->report.memory.pages[OOM_COUNTER_FREE_CMA] = MIB(80) / PAGE;
}

static void make_free_cma_movable(struct scene *scene)
{
        make_free_cma(scene);
        scene->report.trigger.gfp_mask = 0xcca;
}

static void make_free_cma_of_page_fault(struct scene *scene)
{
        make_free_cma(scene);
        scene->report.trigger.gfp_mask = 0;
}
