/* lib/parse/parser.h: whose report the machine's memory becomes, and what of it is kept. */

#include "body_fixture.h"
#include "util/array.h"

/* ---- the machine's memory ---------------------------------------------------------------------------------------------- */

START_TEST(test_all_of_mem_info)
{
        const struct oom_memory *memory = &report.memory;

        begin();
        push(HEADER);
        push_memory();
        push(TASKS);
        push(KILLED);
        end();
        assert_memory(true);
        ck_assert(!memory->is_cut && !memory->is_doubtful);
        ck_assert(report.parts & OOM_PART_MEMORY);
        ck_assert_int_eq(memory->pages[OOM_COUNTER_ACTIVE_ANON], 621);
        ck_assert_int_eq(memory->pages[OOM_COUNTER_SHMEM], UNKNOWN);
        ck_assert_int_eq(memory->nodes[0].number, 0);
        ck_assert_int_eq(memory->nodes[0].all_unreclaimable, 1);
        ck_assert_int_eq(memory->nodes[0].counters[OOM_COUNTER_ACTIVE_ANON], 2484 * KB);
        ck_assert_int_eq(memory->zones[0].node, 0);
        ck_assert(text_equal((struct text){ memory->zones[1].name, memory->zones[1].name_length }, TEXT("DMA32")));
        ck_assert_int_eq(memory->zones[0].counters[OOM_COUNTER_FREE], 1784 * KB);
        ck_assert_int_eq(memory->zones[0].lowmem_reserve_pages[1], 426);
        ck_assert_int_eq(memory->zones[0].lowmem_reserve_pages[3], UNKNOWN);
        ck_assert_int_eq(memory->zones[1].lowmem_reserve_pages[1], 0);
        ck_assert_int_eq(memory->zones[0].buddy_bytes, 32 * KB);
        ck_assert_int_eq(memory->zones[0].free_blocks[1], 3);
        ck_assert_int_eq(memory->zones[0].free_blocks[2], UNKNOWN);
        ck_assert_int_eq(memory->zones[1].buddy_bytes, UNKNOWN);
        ck_assert_int_eq(memory->hugepages[0].surplus, 1);
        ck_assert_int_eq(memory->pagecache_pages, 3781);
        ck_assert_int_eq(memory->swapcache_pages, 1443);
        ck_assert_int_eq(memory->swap_free_bytes, 4 * KB);
        ck_assert_int_eq(memory->highmem_pages, 0);
        ck_assert_int_eq(memory->reserved_pages, 14405);
        ck_assert_int_eq(memory->cma_reserved_pages, 3);
        ck_assert_int_eq(memory->hwpoisoned_pages, 2);
}
END_TEST

START_TEST(test_reserved_printed_twice_is_the_first)
{
        begin(); /* 3.19 */
        push(HEADER);
        push_memory();
        push("14402 pages reserved");
        push(KILLED);
        end();
        assert_memory(true);
        ck_assert_int_eq(report.memory.reserved_pages, 14405);
}
END_TEST

START_TEST(test_memory_without_a_report_is_nobodys)
{
        begin();
        push(FAILURE);
        push_memory();
        push(HEADER);
        push(KILLED);
        end();
        assert_memory(false);
        ck_assert(!(report.parts & OOM_PART_MEMORY));
}
END_TEST

START_TEST(test_memory_of_another_before_ours)
{
        begin();
        push(FAILURE);
        push_memory();
        push(HEADER);
        push_memory();
        push(TASKS);
        push(KILLED);
        end();
        assert_memory(true);
        ck_assert(!report.memory.is_doubtful);
}
END_TEST

START_TEST(test_memory_of_another_after_ours)
{
        begin();
        push(HEADER);
        push_memory();
        push(TASKS);
        push(FAILURE);
        push("Mem-Info:");
        push("999 pages RAM");
        push(KILLED);
        end();
        assert_memory(true);
        ck_assert(!report.memory.is_doubtful);
}
END_TEST

START_TEST(test_memory_of_two_at_once_is_no_ones)
{
        static const char *const seconds[] = { "Mem-Info:", SUMMARY, NODE,      ZONE,
                                               BUDDY,       RAM,     HUGEPAGES, "Free swap  = 8kB" };

        for (size_t i = 0; i < COUNT(seconds); i++) {
                begin();
                push(HEADER);
                push_memory();
                push(seconds[i]);
                push("7 pages HighMem");
                push(TASKS);
                push(KILLED);
                end();
                assert_memory(false);
                ck_assert_msg(report.memory.is_doubtful, "%s", seconds[i]);
                ck_assert_int_eq(report.memory.highmem_pages, UNKNOWN);
        }
}
END_TEST

/* Its reserve follows that of the zone before, and its blocks are printed: the sums over zones are no sums, but all else stays. */
START_TEST(test_a_lost_zone_takes_nothing_else_with_it)
{
        static const char *const lost[][8] = {
                { "Mem-Info:", SUMMARY, NODE, ZONE, RESERVE, RESERVE_2, BUDDY, RAM },
                { "Mem-Info:", SUMMARY, NODE, RESERVE, ZONE_2, RESERVE_2, BUDDY, RAM },
        };

        for (size_t i = 0; i < COUNT(lost); i++) {
                begin();
                push(HEADER);
                for (size_t k = 0; k < COUNT(lost[i]); k++)
                        push(lost[i][k]);
                push(KILLED);
                end();
                ck_assert(report.memory.is_cut && !report.memory.is_doubtful);
                ck_assert_int_eq(report.memory.pages[OOM_COUNTER_FREE], 1095);
                ck_assert_int_eq(report.memory.ram_pages, 130933);
                ck_assert_uint_eq(report.memory.n_nodes, 1);
                ck_assert_int_eq(report.memory.zones[0].lowmem_reserve_pages[1], i == 0 ? 426 : 0);
        }
}
END_TEST

START_TEST(test_memory_after_a_page_allocation_failure_is_no_ones)
{
        begin();
        push(HEADER);
        push(FAILURE);
        push_memory();
        push(TASKS);
        push(KILLED);
        end();
        assert_memory(false);
        ck_assert(report.memory.is_doubtful);

        begin(); /* in the middle of ours */
        push(HEADER);
        push("Mem-Info:");
        push(SUMMARY);
        push(FAILURE);
        push(NODE);
        push(KILLED);
        end();
        assert_memory(false);

        begin(); /* with nothing behind it: it was not let print more */
        push(HEADER);
        push_memory();
        push(FAILURE);
        push(TASKS);
        push(KILLED);
        end();
        assert_memory(true);
}
END_TEST

START_TEST(test_memory_of_another_caller_is_not_ours)
{
        begin();
        push_text("T1", KMSG_FLAG_NONE, text_from(HEADER));
        push_text("C0", KMSG_FLAG_NONE, text_from(FAILURE));
        push_text("C0", KMSG_FLAG_NONE, text_from("Mem-Info:"));
        push_text("C0", KMSG_FLAG_NONE, text_from("1 pages RAM"));
        push_text("T1", KMSG_FLAG_NONE, text_from("Mem-Info:"));
        push_text("T1", KMSG_FLAG_NONE, text_from("2 pages RAM"));
        push_text("C0", KMSG_FLAG_NONE, text_from("3 pages reserved"));
        push_text("T1", KMSG_FLAG_NONE, text_from(KILLED));
        end();
        ck_assert_int_eq(report.memory.ram_pages, 2);
        ck_assert_int_eq(report.memory.reserved_pages, UNKNOWN);
        ck_assert(!report.memory.is_doubtful);
}
END_TEST

START_TEST(test_body_lines_before_mem_info_are_out_of_place)
{
        begin();
        push(HEADER);
        push(RAM);
        push(ZONE);
        push(RESERVE);
        push("Mem-Info:");
        push(RESERVE); /* of no zone */
        push(KILLED);
        end();
        ck_assert_int_eq(report.memory.ram_pages, UNKNOWN);
        ck_assert_uint_eq(report.memory.n_zones, 0);
}
END_TEST

START_TEST(test_lines_in_pieces)
{
        begin();
        push(HEADER);
        push("Mem-Info:");
        push("Node 0 ");
        push_piece("DMA free:1784kB min:88kB");
        push("lowmem_reserve[]:");
        push_piece(" 0");
        push_piece(" 426");
        push_piece("");
        push("Node 0 ");
        push("eth0: link is up"); /* foreign */
        push_piece("DMA: ");
        push_piece("2*4kB ");
        push_piece("(UM) ");
        push_piece("3*8kB ");
        push_piece("= 32kB");
        push("Normal: ");
        push_piece("1*4kB 0*8kB ");
        push_piece("= 4kB");
        push(KILLED);
        end();
        ck_assert(!report.memory.is_doubtful);
        ck_assert_uint_eq(report.memory.n_zones, 2);
        ck_assert_int_eq(report.memory.zones[0].counters[OOM_COUNTER_FREE], 1784 * KB);
        ck_assert_int_eq(report.memory.zones[0].lowmem_reserve_pages[1], 426);
        ck_assert_int_eq(report.memory.zones[0].buddy_bytes, 32 * KB);
        ck_assert_int_eq(report.memory.zones[0].free_blocks[1], 3);
        ck_assert_int_eq(report.memory.zones[1].node, UNKNOWN);
        ck_assert_int_eq(report.memory.zones[1].free_blocks[0], 1);
}
END_TEST

/* ---- limits of the machine's memory ------------------------------------------------------------------------------------- */

START_TEST(test_nodes_zones_hugepages_at_and_past_their_limits)
{
        for (int past = 0; past <= 1; past++) {
                static const struct {
                        const char *pattern;
                        int limit;
                } tables[] = {
                        { "Node # active_anon:#kB all_unreclaimable? no", OOM_NODES_MAX },
                        { "Node # DMA free:#kB min:1kB", OOM_ZONES_MAX },
                        { "Node # hugepages_total=# hugepages_free=0 hugepages_surp=0 hugepages_size=2048kB",
                          OOM_HUGEPAGES_MAX },
                };

                for (size_t i = 0; i < COUNT(tables); i++) {
                        const struct oom_memory *memory = &report.memory;

                        begin();
                        push(HEADER);
                        push("Mem-Info:");
                        push_many(tables[i].pattern, tables[i].limit + past);
                        if (i == 1)
                                push(RESERVE); /* of a zone that was left out */
                        push(KILLED);
                        end();
                        ck_assert_int_eq(memory->is_cut, past);
                        ck_assert(!memory->is_doubtful);
                        ck_assert_int_eq(memory->n_nodes + memory->n_zones + memory->n_hugepages, tables[i].limit);
                        if (i == 1)
                                ck_assert_int_eq(memory->zones[OOM_ZONES_MAX - 1].lowmem_reserve_pages[1],
                                                 past ? UNKNOWN : 426);
                }
        }
}
END_TEST

START_TEST(test_slab_table_keeps_the_largest)
{
        const struct oom_memory *memory = &report.memory;

        begin();
        push(HEADER);
        push("a-disk 12KB 999999KB"); /* not in the table */
        push_memory();
        push("Unreclaimable slab info:");
        push("Name                      Used          Total");
        push_many("small-#               1KB         #KB", OOM_SLABS_MAX);
        push("largest               5KB         1000KB");
        push("a-name-that-is-longer-than-any-of-them-can-be  1KB  500KB");
        push("twin              1KB         500KB");
        push(TASKS);
        push("late              1KB         999999KB");
        push(KILLED);
        end();
        assert_memory(true);
        ck_assert_uint_eq(memory->n_slabs, OOM_SLABS_MAX);
        ck_assert(text_equal((struct text){ memory->slabs[0].name, memory->slabs[0].name_length }, TEXT("largest")));
        ck_assert_int_eq(memory->slabs[0].used_bytes, 5 * KB);
        ck_assert_int_eq(memory->slabs[0].total_bytes, 1000 * KB);
        ck_assert_uint_eq(memory->slabs[1].name_length, OOM_STAT_NAME_MAX);
        ck_assert(text_equal((struct text){ memory->slabs[2].name, memory->slabs[2].name_length }, TEXT("twin")));
        ck_assert(text_equal((struct text){ memory->slabs[9].name, memory->slabs[9].name_length }, TEXT("small-3")));
}
END_TEST

START_TEST(test_slab_table_that_breaks_off_has_no_largest)
{
        begin();
        push(HEADER);
        push_memory();
        push("Unreclaimable slab info:");
        push("a               1KB         2KB");
        oom_parser_flush(parser);
        ck_assert_uint_eq(n_incidents, 1);
        assert_memory(true);
        ck_assert_uint_eq(report.memory.n_slabs, 0);
}
END_TEST

START_TEST(test_allocations_at_and_past_their_limit)
{
        for (int past = 0; past <= 1; past++) {
                begin();
                push(HEADER);
                push_memory();
                push("    12.0 MiB     1 out.c:1 func:of_place");
                push("Memory allocations:");
                push_many("    # MiB     # mm/slub.c:2425 func:alloc_slab_page", OOM_ALLOCATIONS_MAX + past);
                push(TASKS);
                push(KILLED);
                end();
                ck_assert_int_eq(report.memory.is_cut, past);
                ck_assert_uint_eq(report.memory.n_allocations, OOM_ALLOCATIONS_MAX);
                ck_assert_int_eq(report.memory.allocations[9].bytes, 9 * KB * KB);
                ck_assert_int_eq(report.memory.allocations[9].calls, 9);
                ck_assert(text_equal(
                        (struct text){ report.memory.allocations[9].where, report.memory.allocations[9].where_length },
                        TEXT("mm/slub.c:2425 func:alloc_slab_page")));
        }
}
END_TEST

START_TEST(test_place_of_an_allocation_at_and_past_its_limit)
{
        for (int past = 0; past <= 1; past++) {
                const size_t limit = sizeof(report.memory.allocations[0].where);
                char text[256];

                (void)snprintf(text, sizeof(text), " 1 B 1 a func:%0*d", (int)limit - 7 + past, 0);
                begin();
                push(HEADER);
                push("Mem-Info:");
                push("Memory allocations:");
                push(text);
                push(KILLED);
                end();
                ck_assert_uint_eq(report.memory.n_allocations, 1);
                ck_assert_uint_eq(report.memory.allocations[0].where_length, limit);
        }
}
END_TEST

TEST_MAIN("parser_memory", CASE(test_all_of_mem_info), CASE(test_reserved_printed_twice_is_the_first),
          CASE(test_memory_without_a_report_is_nobodys), CASE(test_memory_of_another_before_ours),
          CASE(test_memory_of_another_after_ours), CASE(test_memory_of_two_at_once_is_no_ones),
          CASE(test_a_lost_zone_takes_nothing_else_with_it),
          CASE(test_memory_after_a_page_allocation_failure_is_no_ones), CASE(test_memory_of_another_caller_is_not_ours),
          CASE(test_body_lines_before_mem_info_are_out_of_place), CASE(test_lines_in_pieces),
          CASE(test_nodes_zones_hugepages_at_and_past_their_limits), CASE(test_slab_table_keeps_the_largest),
          CASE(test_slab_table_that_breaks_off_has_no_largest), CASE(test_allocations_at_and_past_their_limit),
          CASE(test_place_of_an_allocation_at_and_past_its_limit))
