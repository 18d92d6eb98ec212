/* lib/parse/parser.h: sets of nodes, the allocating task; real reports with all their values. */

#include "body_fixture.h"
#include "util/array.h"

/* ---- sets of nodes, the allocating task --------------------------------------------------------------------------------- */

START_TEST(test_node_lists)
{
        static const char *const no[] = { "",   "(null)", "a",    "0,",   ",0",     "0-",  "3-2",
                                          "-1", "0 ",     "0--1", "1024", "0-1024", "0;1", "18446744073709551616" };
        struct oom_node_set set;

        oom_node_set_read(&set, TEXT("0,2-3,63-64,1023"));
        ck_assert(set.is_known);
        for (unsigned node = 0; node <= OOM_NODE_NUMBER_MAX; node++)
                ck_assert_msg(has_node(&set, node) ==
                                      (node == 0 || node == 2 || node == 3 || node == 63 || node == 64 || node == 1023),
                              "%u", node);
        oom_node_set_read(&set, TEXT("0-1023"));
        ck_assert(set.is_known && has_node(&set, 512));
        for (size_t i = 0; i < COUNT(no); i++) {
                oom_node_set_read(&set, text_from(no[i]));
                ck_assert_msg(!set.is_known, "%s", no[i]);
        }
}
END_TEST

START_TEST(test_nodes_of_the_summary)
{
        begin();
        push(HEADER);
        push("oom-kill:constraint=CONSTRAINT_MEMORY_POLICY,nodemask=1,cpuset=a b,mems_allowed=0-1,3,global_oom,"
             "task_memcg=/a,task=hog,pid=12,uid=5");
        push(KILLED);
        end();
        ck_assert(report.nodemask.is_known && has_node(&report.nodemask, 1) && !has_node(&report.nodemask, 0));
        ck_assert(report.mems_allowed.is_known && has_node(&report.mems_allowed, 3) &&
                  !has_node(&report.mems_allowed, 2));

        begin();
        push(HEADER);
        push("oom-kill:constraint=CONSTRAINT_NONE,nodemask=(null)");
        push_piece(",cpuset=");
        push_piece("a");
        push_piece(",mems_allowed=0-1");
        push_piece(",global_oom,task_memcg=/a,task=hog,pid=12,uid=5");
        push(KILLED);
        end();
        ck_assert(!report.nodemask.is_known);
        ck_assert(report.mems_allowed.is_known && has_node(&report.mems_allowed, 1));
}
END_TEST

START_TEST(test_nodes_of_the_header_and_the_cpuset_line)
{
        begin(); /* 4.12 */
        push("hog invoked oom-killer: gfp_mask=0x14200ca(GFP_HIGHUSER_MOVABLE), nodemask=");
        push_piece("0,2");
        push_piece(",  order=0, oom_score_adj=0");
        push("hog cpuset=");
        push_piece("x mems_allowed=9");
        push_piece(" mems_allowed=0-2");
        push("CPU: 1 PID: 12 Comm: hog Not tainted 4.12.0 #1");
        push("hog cpuset=/ mems_allowed=7"); /* another's, later */
        push("Out of memory: Kill process 12 (hog) score 602 or sacrifice child");
        push("Killed process 12 (hog) total-vm:4kB, anon-rss:3kB, file-rss:2kB, shmem-rss:1kB");
        end();
        ck_assert(report.nodemask.is_known && has_node(&report.nodemask, 2) && !has_node(&report.nodemask, 1));
        ck_assert(report.mems_allowed.is_known && has_node(&report.mems_allowed, 1) &&
                  !has_node(&report.mems_allowed, 7));

        begin(); /* of another process: a page allocation failure has such a line too */
        push("hog invoked oom-killer: gfp_mask=0x14200ca(GFP_HIGHUSER_MOVABLE), nodemask=(null), order=0, "
             "oom_score_adj=0");
        push("dog cpuset=/ mems_allowed=0");
        push("Killed process 12 (hog) total-vm:4kB, anon-rss:3kB, file-rss:2kB, shmem-rss:1kB");
        end();
        ck_assert(!report.nodemask.is_known && !report.mems_allowed.is_known);
}
END_TEST

START_TEST(test_allocating_task)
{
        begin();
        push(HEADER);
        push("Out of memory (oom_kill_allocating_task): Killed process 12 (hog)" TAIL);
        end();
        ck_assert(report.is_allocating_task);
        begin();
        push(HEADER);
        push("Out of memory (oom_kill_allocating_task): Kill process 12 (hog) score 0 or sacrifice child");
        push("Killed process 12 (hog) total-vm:4kB, anon-rss:3kB, file-rss:2kB");
        end();
        ck_assert(report.is_allocating_task);
        begin();
        push(HEADER);
        push(KILLED);
        end();
        ck_assert(!report.is_allocating_task);
}
END_TEST

/* ---- real reports ------------------------------------------------------------------------------------------------------- */

/* Gives the parser the file's records; report is that of the incident of this pid. */
static struct oom_report wanted;
static int64_t wanted_pid;

static void on_wanted(const struct oom_incident *incident, void *userdata)
{
        (void)userdata;
        if (incident->victim.pid == wanted_pid) {
                wanted = *incident->report;
                n_incidents++;
        }
}

static void read_corpus(const char *name, int64_t pid)
{
        static char buffer[KMSG_RECORD_MAX], path[512];
        char *line = NULL;
        size_t room = 0;
        ssize_t length;
        FILE *file;

        (void)snprintf(path, sizeof(path), TESTS_DIR "/corpus/cases/%s.kmsg", name);
        file = fopen(path, "re");
        ck_assert_msg(file, "%s", path);
        parser = oom_parser_free(parser);
        ck_assert_int_eq(oom_parser_new(on_wanted, NULL, &parser), 0);
        wanted_pid = pid;
        n_incidents = 0;
        while ((length = getline(&line, &room, file)) > 0) {
                struct kmsg_record record;

                if (kmsg_record_decode((struct text){ line, (size_t)length }, buffer, &record) == 0 &&
                    record.facility == KMSG_FACILITY_KERNEL)
                        oom_parser_push(parser, &record);
        }
        oom_parser_flush(parser);
        parser = oom_parser_free(parser);
        free(line);
        (void)fclose(file); /* only read from */
        ck_assert_uint_eq(n_incidents, 1);
        report = wanted;
}

/* The name of a program that crashes meanwhile. */
START_TEST(test_what_only_begins_like_a_row_ends_no_body)
{
        begin();
        push(HEADER);
        push("[9] 0 9 9 9 9[77]: segfault at 0 ip 0000000000401136 sp 00007ffd error 6 in x[401000+1000]");
        push("memory: usage 51200kB, limit 51200kB, failcnt 658");
        push(KILLED);
        end();
        ck_assert_int_eq(report.memcg.usages[OOM_USAGE_MEMORY].limit_bytes, 51200 * 1024);
}
END_TEST

START_TEST(test_real_global_report)
{
        const struct oom_memory *memory = &report.memory;

        read_corpus("6.1/global-swap", 591);
        ck_assert(memory->is_known && !memory->is_doubtful && !memory->is_cut);
        ck_assert_int_eq(memory->pages[OOM_COUNTER_INACTIVE_ANON], 93104);
        ck_assert_int_eq(memory->pages[OOM_COUNTER_FREE], 1095);
        ck_assert_int_eq(memory->pages[OOM_COUNTER_SLAB_UNRECLAIMABLE], 3465);
        ck_assert_uint_eq(memory->n_nodes, 1);
        ck_assert_int_eq(memory->nodes[0].counters[OOM_COUNTER_KERNEL_STACK], 1232 * KB);
        ck_assert_int_eq(memory->nodes[0].counters[OOM_COUNTER_ANON_THP], 0);
        ck_assert_int_eq(memory->nodes[0].all_unreclaimable, 1);
        ck_assert_uint_eq(memory->n_zones, 2);
        ck_assert_int_eq(memory->zones[0].lowmem_reserve_pages[4], 426);
        ck_assert_int_eq(memory->zones[0].lowmem_reserve_pages[5], UNKNOWN);
        ck_assert_int_eq(memory->zones[1].counters[OOM_COUNTER_MANAGED], 450752 * KB);
        ck_assert_int_eq(memory->zones[1].free_blocks[1], 73);
        ck_assert_int_eq(memory->zones[1].buddy_bytes, 2656 * KB);
        ck_assert_int_eq(memory->page_size_bytes, 4 * KB);
        ck_assert_uint_eq(memory->n_hugepages, 2);
        ck_assert_int_eq(memory->hugepages[0].size_bytes, 1048576 * KB);
        ck_assert_int_eq(memory->swap_free_bytes, 0);
        ck_assert_int_eq(memory->swap_total_bytes, 98300 * KB);
        ck_assert_int_eq(memory->swapcache_pages, 1443);
        ck_assert_int_eq(memory->ram_pages, 130933);
        ck_assert_int_eq(memory->reserved_pages, 14405);
        ck_assert_int_eq(memory->cma_reserved_pages, UNKNOWN);
        ck_assert(report.mems_allowed.is_known && has_node(&report.mems_allowed, 0) &&
                  !has_node(&report.mems_allowed, 1));
        ck_assert(!report.nodemask.is_known);
        ck_assert_uint_eq(report.memcg.n_stats, 0);
}
END_TEST

START_TEST(test_real_reports_of_cgroups)
{
        read_corpus("6.1/global-swap", 590); /* all statistics in one record */
        ck_assert_int_eq(report.memcg.usages[OOM_USAGE_MEMORY].limit_bytes, 30720 * KB);
        ck_assert_int_eq(report.memcg.usages[OOM_USAGE_MEMORY].failcnt, 5189);
        ck_assert_int_eq(report.memcg.usages[OOM_USAGE_SWAP].usage_bytes, 20480 * KB);
        assert_stat("anon", 31092736);
        assert_stat("swapcached", 143360);
        assert_stat("thp_collapse_alloc", 0);
        ck_assert_uint_eq(report.memcg.n_stats, 51);
        ck_assert(!report.memcg.is_stats_cut && !report.memory.is_known);

        read_corpus("6.12/memcg-service", 405); /* a record for each */
        assert_stat("anon", 52264960);
        assert_stat("workingset_refault_file", 323);
        assert_stat("numa_hint_faults", 0);
        ck_assert_uint_eq(report.memcg.n_stats, 60);

        read_corpus("formats/4.9/memcg-pieces", 4930);
        assert_stat("rss", 524176 * KB);
        assert_stat("swap", 0);
        ck_assert_uint_eq(report.memcg.n_stats, 7);
        ck_assert_int_eq(report.memcg.usages[OOM_USAGE_KMEM].usage_bytes, 1024 * KB);
        ck_assert(report.nodemask.is_known && report.mems_allowed.is_known);

        read_corpus("formats/6.6/memcg-v1-stats", 6600);
        assert_stat("total_rss", 536870912);
        assert_stat("hierarchical_memory_limit", 536870912);
}
END_TEST

/* The id of an alert of a log is made of the trigger's name, where nobody was chosen. */
START_TEST(test_a_cleared_report_has_no_name_of_the_one_before)
{
        oom_report_clear(&report, 1, 1);
        oom_name_set(&report.trigger.comm, TEXT("hog"));
        oom_report_clear(&report, 2, 2);
        ck_assert(!report.trigger.comm.is_known);
        ck_assert_uint_eq(report.trigger.comm.length, 0);
}
END_TEST

TEST_MAIN("parser_body", CASE(test_a_cleared_report_has_no_name_of_the_one_before), CASE(test_node_lists),
          CASE(test_nodes_of_the_summary), CASE(test_nodes_of_the_header_and_the_cpuset_line),
          CASE(test_allocating_task), CASE(test_what_only_begins_like_a_row_ends_no_body),
          CASE(test_real_global_report), CASE(test_real_reports_of_cgroups))
