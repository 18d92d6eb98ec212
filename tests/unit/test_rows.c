/* lib/oom/rows.h: what is kept of all rows of a table, and found again. */

#include <inttypes.h>

#include "harness.h"
#include "tasks_fixture.h"

static struct oom_rows rows;
static uint64_t state;

static uint64_t next_random(void)
{
        state = state * 6364136223846793005 + 1442695040888963407;
        return state >> 16;
}

/* Of any size up to limit, small ones as often as large ones. */
static int64_t random_value(int64_t limit)
{
        return (int64_t)(next_random() >> next_random() % 48) % (limit + 1);
}

static void random_row(const struct oom_layout *layout, int64_t pid, int64_t *values)
{
        oom_set_unknown(values, OOM_COLUMN_COUNT);
        for (size_t i = 0; i < layout->count; i++)
                values[layout->columns[i]] = random_value(OOM_TASK_VALUE_MAX);
        values[OOM_COLUMN_PID] = pid;
        values[OOM_COLUMN_TGID] = next_random() % 8 ? pid : random_value(INT32_MAX);
        values[OOM_COLUMN_UID] = random_value(UINT32_MAX);
        if (values[OOM_COLUMN_OOM_ADJ] != OOM_UNKNOWN)
                values[OOM_COLUMN_OOM_ADJ] = OOM_ADJ_MIN + random_value(OOM_ADJ_MAX - OOM_ADJ_MIN);
        if (values[OOM_COLUMN_OOM_SCORE_ADJ] != OOM_UNKNOWN)
                values[OOM_COLUMN_OOM_SCORE_ADJ] = OOM_SCORE_ADJ_MIN + random_value(2000);
        if (values[OOM_COLUMN_PGTABLES_BYTES] != OOM_UNKNOWN && next_random() % 4)
                values[OOM_COLUMN_PGTABLES_BYTES] &= ~INT64_C(4095);
}

static bool is_left_out(const struct oom_layout *layout, enum oom_column column, bool is_wide)
{
        if (column == OOM_COLUMN_CPU || column == OOM_COLUMN_UNKNOWN)
                return true;
        if (is_wide)
                return false;
        return column == OOM_COLUMN_RSS_ANON || column == OOM_COLUMN_RSS_FILE || column == OOM_COLUMN_RSS_SHMEM ||
               (column == OOM_COLUMN_TOTAL_VM &&
                (oom_layout_has(layout, OOM_COLUMN_NR_PTES) || oom_layout_has(layout, OOM_COLUMN_PGTABLES_BYTES)));
}

/* Any values that a row may have come back, and the names of the first rows. */
START_TEST(test_rows_are_read_as_they_were_added)
{
        static const char *const headers[] = { HEADER_2_6_32, HEADER_RHEL6, HEADER_3_10, HEADER_4_4,
                                               HEADER_4_15,   HEADER_4_19,  HEADER_6_8 };
        static const char name[] = "0123456789abcde";

        for (size_t i = 0; i < COUNT(headers); i++) {
                struct oom_layout layout = layout_from(headers[i]);
                struct oom_rows_reader reader;
                int64_t values[OOM_COLUMN_COUNT];
                bool was_wide = true;

                state = 1;
                oom_rows_begin(&rows, &layout);
                for (int64_t k = 0; k < 5000; k++) {
                        random_row(&layout, k * 7919 % 100000, values);
                        oom_rows_add(&rows, values, (struct text){ name, (size_t)k % 16 }, k % 5 == 0);
                }
                ck_assert(!rows.is_cut);
                state = 1;
                oom_rows_read(&reader, &rows);
                for (int64_t k = 0; k < 5000; k++) {
                        const struct oom_task *task = &reader.task;

                        random_row(&layout, k * 7919 % 100000, values);
                        ck_assert(oom_rows_next(&reader));
                        ck_assert_int_eq((int64_t)task->index, k);
                        ck_assert_int_eq(task->is_victim_already, k % 5 == 0);
                        ck_assert(was_wide || !task->comm.is_known);
                        was_wide = task->comm.is_known;
                        if (was_wide)
                                ck_assert(
                                        text_equal(oom_name_text(&task->comm), (struct text){ name, (size_t)k % 16 }));
                        for (unsigned column = 0; column < OOM_COLUMN_COUNT; column++)
                                ck_assert_msg(
                                        task->values[column] ==
                                                (is_left_out(&layout, column, was_wide) ? OOM_UNKNOWN : values[column]),
                                        "layout %zu, row %" PRId64 ", column %u: %" PRId64, i, k, column,
                                        task->values[column]);
                }
                ck_assert(!was_wide);
                ck_assert(!oom_rows_next(&reader));
        }
        oom_rows_clear(&rows);
}
END_TEST

/* What a row without a header has: test_tasks.c. */
START_TEST(test_rows_of_an_unknown_layout)
{
        static const struct oom_layout none = { 0 };
        int64_t values[OOM_COLUMN_COUNT];
        struct oom_task task;

        oom_set_unknown(values, OOM_COLUMN_COUNT);
        values[OOM_COLUMN_PID] = values[OOM_COLUMN_TGID] = 433;
        values[OOM_COLUMN_UID] = 4294967294;
        values[OOM_COLUMN_TOTAL_VM] = 6691;
        values[OOM_COLUMN_RSS] = 0;
        oom_rows_begin(&rows, &none);
        oom_rows_add(&rows, values, (struct text){ 0 }, false);
        ck_assert(oom_rows_find(&rows, 433, &task));
        ck_assert_mem_eq(task.values, values, sizeof(values));
        ck_assert(!task.comm.is_known);
        oom_rows_clear(&rows);
        ck_assert(!oom_rows_find(&rows, 433, &task));
}
END_TEST

static void add(int64_t pid, int64_t tgid, int64_t rss)
{
        int64_t values[OOM_COLUMN_COUNT];

        oom_set_unknown(values, OOM_COLUMN_COUNT);
        values[OOM_COLUMN_PID] = pid;
        values[OOM_COLUMN_TGID] = tgid;
        values[OOM_COLUMN_UID] = 1000 + pid % 50;
        values[OOM_COLUMN_TOTAL_VM] = 3 * rss;
        values[OOM_COLUMN_RSS] = rss;
        values[OOM_COLUMN_PGTABLES_BYTES] = 4096 * (rss / 512 + 12);
        values[OOM_COLUMN_SWAPENTS] = 0;
        values[OOM_COLUMN_OOM_SCORE_ADJ] = pid * 7919 % 1900 - 950;
        oom_rows_add(&rows, values, TEXT("name"), false);
}

START_TEST(test_every_one_of_100000_rows_is_found)
{
        struct oom_layout layout = layout_from(HEADER_4_19);
        struct oom_task task;

        oom_rows_begin(&rows, &layout);
        for (int64_t i = 0; i < 100000; i++)
                add(1000 + i, 1000 + i, i * 7919 % 200000);
        ck_assert(!rows.is_cut);
        for (int64_t i = 0; i < 100000; i += 37) { /* in their order, as members of a group are looked for */
                ck_assert(oom_rows_find(&rows, 1000 + i, &task));
                ck_assert_int_eq((int64_t)task.index, i);
                ck_assert_int_eq(task.values[OOM_COLUMN_RSS], i * 7919 % 200000);
        }
        ck_assert(oom_rows_find(&rows, 1000, &task));
        ck_assert(!oom_rows_find(&rows, 999, &task));
        oom_rows_clear(&rows);
}
END_TEST

/* A process is found by its own number, else by that of the thread that is left of it. */
START_TEST(test_a_row_is_found_by_thread_and_by_process)
{
        struct oom_layout layout = layout_from(HEADER_4_19);
        struct oom_task task;

        oom_rows_begin(&rows, &layout);
        add(605, 600, 1);
        add(600, 600, 2);
        add(711, 700, 3);
        ck_assert(oom_rows_find(&rows, 600, &task));
        ck_assert_int_eq(task.values[OOM_COLUMN_RSS], 2);
        ck_assert(oom_rows_find(&rows, 700, &task));
        ck_assert_int_eq(task.values[OOM_COLUMN_PID], 711);
        ck_assert(oom_rows_find(&rows, 605, &task));
        ck_assert_int_eq(task.values[OOM_COLUMN_RSS], 1);
        ck_assert(!oom_rows_find(&rows, 701, &task));
        oom_rows_clear(&rows);
}
END_TEST

/* At the limit of OOM_ROWS_CHUNKS_MAX, and one past it. */
START_TEST(test_rows_without_room_are_left_out_and_it_is_said)
{
        struct oom_layout layout = layout_from(HEADER_4_19);
        struct oom_task task;
        int64_t pid = 1;

        oom_rows_begin(&rows, &layout);
        for (; !rows.is_cut; pid++)
                add(pid, pid, pid);
        ck_assert_uint_eq(rows.n_chunks, OOM_ROWS_CHUNKS_MAX);
        ck_assert_uint_eq(rows.count, (uint64_t)pid - 2);
        ck_assert(oom_rows_find(&rows, pid - 2, &task));
        ck_assert_int_eq(task.values[OOM_COLUMN_RSS], pid - 2);
        ck_assert(!oom_rows_find(&rows, pid - 1, &task));
        add(7, 7, 7); /* nor is there a row after a gap */
        ck_assert_uint_eq(rows.count, (uint64_t)pid - 2);
        oom_rows_begin(&rows, &layout);
        ck_assert(!rows.is_cut);
        add(8, 8, 8);
        ck_assert(oom_rows_find(&rows, 8, &task));
        oom_rows_clear(&rows);
}
END_TEST

TEST_MAIN("rows", CASE(test_rows_are_read_as_they_were_added), CASE(test_rows_of_an_unknown_layout),
          CASE(test_every_one_of_100000_rows_is_found), CASE(test_a_row_is_found_by_thread_and_by_process),
          CASE(test_rows_without_room_are_left_out_and_it_is_said))
