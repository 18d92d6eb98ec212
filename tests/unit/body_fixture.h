/* tests/unit/body_fixture.h: lines into a parser, and the report of the incident that comes of them. */

#pragma once

#include <stdio.h>

#include "harness.h"
#include "parse/parser.h"

#define UNKNOWN OOM_UNKNOWN
#define KB      1024LL

static struct oom_parser *parser;
static uint64_t next_seq, now_usec;
static struct oom_report report; /* of the last incident */
static size_t n_incidents;

static inline void on_incident(const struct oom_incident *incident, void *userdata)
{
        (void)userdata;
        report = *incident->report;
        n_incidents++;
}

static inline void begin(void)
{
        parser = oom_parser_free(parser);
        ck_assert_int_eq(oom_parser_new(on_incident, NULL, &parser), 0);
        next_seq = 1;
        now_usec = 1000000;
        n_incidents = 0;
}

static inline void push_text(const char *caller, enum kmsg_flag flag, struct text text)
{
        struct kmsg_record record = {
                .seq = next_seq++, .mono_usec = now_usec += 100, .flag = flag, .caller = text_from(caller), .text = text
        };

        oom_parser_push(parser, &record);
}

static inline void push(const char *text)
{
        push_text("", KMSG_FLAG_NONE, text_from(text));
}

static inline void push_piece(const char *text)
{
        push_text("", KMSG_FLAG_FRAGMENT, text_from(text));
}

/* One kill was reported, and report is its. */
static inline void end(void)
{
        oom_parser_flush(parser);
        ck_assert_uint_eq(n_incidents, 1);
        parser = oom_parser_free(parser);
}

#define HEADER    "hog invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0"
#define TASKS     "Tasks state (memory values in pages):"
#define TAIL      " total-vm:4kB, anon-rss:3kB, file-rss:2kB, shmem-rss:1kB, UID:5 pgtables:5kB oom_score_adj:0"
#define KILLED    "Out of memory: Killed process 12 (hog)" TAIL
#define KILLED_IN "Memory cgroup out of memory: Killed process 12 (hog)" TAIL
#define SUMMARY   "active_anon:621 inactive_anon:93104\n free:1095 free_pcp:0"
#define NODE      "Node 0 active_anon:2484kB inactive_anon:4kB all_unreclaimable? yes"
#define ZONE      "Node 0 DMA free:1784kB min:88kB present:15992kB managed:15360kB"
#define RESERVE   "lowmem_reserve[]: 0 426 427"
#define ZONE_2    "Node 0 DMA32 free:2596kB min:2596kB present:507740kB managed:450752kB"
#define RESERVE_2 "lowmem_reserve[]: 0 0 0"
#define BUDDY     "Node 0 DMA: 2*4kB (UM) 3*8kB = 32kB"
#define HUGEPAGES "Node 0 hugepages_total=3 hugepages_free=2 hugepages_surp=1 hugepages_size=2048kB"
#define RAM       "130933 pages RAM"
#define FAILURE                                                                                                        \
        "eth0: page allocation failure: order:4, mode:0x40dc0(GFP_KERNEL), nodemask=(null),cpuset=/,mems_allowed=0"
#define STATS(path) "Memory cgroup stats for " path ":"

#define USAGE "memory: usage 51200kB, limit 51200kB, failcnt 658"
#define CHOICE                                                                                                         \
        "oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/,mems_allowed=0,oom_memcg=/a,task_memcg=/"       \
        "a,task=hog,pid=12,uid=5"

static inline void push_memory(void)
{
        static const char *const lines[] = { "Mem-Info:",
                                             SUMMARY,
                                             NODE,
                                             ZONE,
                                             RESERVE,
                                             ZONE_2,
                                             RESERVE_2,
                                             BUDDY,
                                             HUGEPAGES,
                                             "3781 total pagecache pages",
                                             "1443 pages in swap cache",
                                             "Free swap  = 4kB",
                                             "Total swap = 98300kB",
                                             RAM,
                                             "0 pages HighMem/MovableOnly",
                                             "14405 pages reserved",
                                             "3 pages cma reserved",
                                             "2 pages hwpoisoned" };

        for (size_t i = 0; i < COUNT(lines); i++)
                push(lines[i]);
}

/* The figures of push_memory(), or none at all and no reason to look for them. */
static inline void assert_memory(bool is_known)
{
        const struct oom_memory *memory = &report.memory;

        ck_assert_int_eq(memory->is_known, is_known);
        ck_assert_int_eq(memory->ram_pages, is_known ? 130933 : UNKNOWN);
        ck_assert_int_eq(memory->pages[OOM_COUNTER_FREE], is_known ? 1095 : UNKNOWN);
        ck_assert_int_eq(memory->swap_total_bytes, is_known ? 98300 * KB : UNKNOWN);
        ck_assert_uint_eq(memory->n_nodes, is_known ? 1 : 0);
        ck_assert_uint_eq(memory->n_zones, is_known ? 2 : 0);
        ck_assert_uint_eq(memory->n_hugepages, is_known ? 1 : 0);
        ck_assert_int_eq(memory->page_size_bytes, is_known ? 4 * KB : UNKNOWN);
}

/* count times pattern, with the number of the time for each '#'. */
static inline void push_many(const char *pattern, int count)
{
        char text[256];

        for (int i = 0; i < count; i++) {
                size_t length = 0;

                for (const char *c = pattern; *c; c++)
                        length += (size_t)(*c == '#' ? snprintf(text + length, sizeof(text) - length, "%d", i)
                                                     : snprintf(text + length, sizeof(text) - length, "%c", *c));
                push(text);
        }
}

static inline void assert_stat(const char *name, int64_t value)
{
        ck_assert_msg(oom_memcg_stat(&report.memcg, text_from(name)) == value, "%s is %lld", name,
                      (long long)oom_memcg_stat(&report.memcg, text_from(name)));
}

static inline bool has_node(const struct oom_node_set *set, unsigned node)
{
        return set->bits[node / 64] >> node % 64 & 1;
}
