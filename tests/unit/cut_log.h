/* tests/unit/cut_log.h: a record file as a table of decoded records, so that any part of it can be read again without
 * decoding it again. As in the daemon, other lines, and records that are not the kernel's, are left out. */

#pragma once

#include <inttypes.h>
#include <stdio.h>

#include "harness.h"
#include "kmsg/record.h"
#include "parse/line.h"
#include "parse/parser.h"

enum cut_jump { CUT_JUMP_NONE, CUT_JUMP_LOST, CUT_JUMP_REBOOT };

struct cut_record {
        struct kmsg_record record;
        enum cut_jump jump; /* between the record before and this one */
        bool is_of_report;  /* any other than OOM_LINE_OTHER, or a piece of a line */
};

struct cut_log {
        const char *path;
        char *data, *texts;
        struct cut_record *records;
        size_t count;
};

static inline char *cut_log_read(const char *path, size_t *ret_size)
{
        FILE *file = fopen(path, "re");
        char *data = NULL;
        long size;

        ck_assert_msg(file != NULL, "%s", path);
        ck_assert_int_eq(fseek(file, 0, SEEK_END), 0);
        size = ftell(file);
        ck_assert_int_gt(size, 0);
        rewind(file);
        data = calloc(1, (size_t)size + 1);
        ck_assert_ptr_nonnull(data);
        ck_assert_uint_eq(fread(data, 1, (size_t)size, file), (size_t)size);
        (void)fclose(file); /* nothing was written */
        *ret_size = (size_t)size;
        return data;
}

/* Stamps of one boot may be a little out of order. */
static inline bool cut_is_of_next_boot(const struct kmsg_record *record, uint64_t expected, uint64_t last_usec)
{
        return record->seq < expected || record->mono_usec + 10 * 1000 * 1000ULL < last_usec;
}

static inline void cut_log_load(const char *path, struct cut_log *ret_log)
{
        struct cut_log log = { .path = path };
        struct oom_line parsed;
        struct text rest, line;
        uint64_t expected = UINT64_MAX, last_usec = 0;
        char *texts;

        log.data = cut_log_read(path, &rest.length);
        rest.data = log.data;
        texts = log.texts = malloc(rest.length);
        log.records = calloc(rest.length / 8 + 1, sizeof(*log.records)); /* "4,1,1,-;" is the shortest */
        ck_assert(texts && log.records);
        for (; rest.length; rest = text_from_offset(rest, line.length < rest.length ? line.length + 1 : line.length)) {
                ptrdiff_t newline = text_find(rest, TEXT("\n"), 0);
                struct cut_record *r = &log.records[log.count];

                line = newline < 0 ? rest : text_until_offset(rest, (size_t)newline);
                if (kmsg_record_decode(line, texts, &r->record) < 0)
                        continue;
                texts += line.length;
                if (expected != UINT64_MAX && cut_is_of_next_boot(&r->record, expected, last_usec))
                        r->jump = CUT_JUMP_REBOOT;
                else if (expected != UINT64_MAX && r->record.seq > expected)
                        r->jump = CUT_JUMP_LOST;
                expected = r->record.seq + 1;
                last_usec = r->record.mono_usec;
                if (r->record.facility != KMSG_FACILITY_KERNEL)
                        continue; /* a jump before it is the next record's: it stays in the table's row */
                r->is_of_report =
                        r->record.flag != KMSG_FLAG_NONE || oom_line_parse(r->record.text, &parsed) != OOM_LINE_OTHER;
                log.count++;
        }
        *ret_log = log;
}

static inline void cut_log_done(struct cut_log *log)
{
        free(log->records);
        free(log->texts);
        free(log->data);
}

/* Gives the records from begin up to end to parser, and flushes it: the next replay begins anew. */
static inline void cut_log_replay(const struct cut_log *log, size_t begin, size_t end, struct oom_parser *parser)
{
        for (size_t i = begin; i < end; i++) {
                if (i > begin && log->records[i].jump == CUT_JUMP_LOST)
                        oom_parser_gap(parser);
                else if (i > begin && log->records[i].jump == CUT_JUMP_REBOOT)
                        oom_parser_flush(parser);
                oom_parser_push(parser, &log->records[i].record);
        }
        oom_parser_flush(parser);
}
