/* lib/parse/parser.h: kernel records in, OOM incidents out. The only state machine of the library.
 *
 * Every line of a report is optional (report.h). A kill is reported the moment its kill line is read; nothing later is
 * waited for. Reports of different callers (CONFIG_PRINTK_CALLER) may interleave; without callers there is one report
 * at a time, as oom_lock has it in the kernel (mm/oom_kill.c, 4.2 on).
 *
 * The parser trusts its input to be of the kernel: refusing records of user space is the caller's part. */

#pragma once

#include "kmsg/record.h"
#include "oom/report.h"

struct oom_parser;

/* Called for each incident, from within push, tick and flush. incident is borrowed for the time of the call. */
typedef void (*oom_incident_fn)(const struct oom_incident *incident, void *userdata);

/* All memory the parser ever needs is allocated here. Returns 0 or -ENOMEM. */
int oom_parser_new(oom_incident_fn handler, void *userdata, struct oom_parser **ret_parser)
        __attribute__((warn_unused_result));

/* Accepts NULL. Does not flush. Returns NULL. */
struct oom_parser *oom_parser_free(struct oom_parser *parser);

/* Makes the memory of parser resident that used, which is another, has needed so far. */
void oom_parser_touch(struct oom_parser *parser, const struct oom_parser *used);

/* Reads one record; they come in order of seq. Never fails. */
void oom_parser_push(struct oom_parser *parser, const struct kmsg_record *record);

/* Records were lost before the next one: what is open can't be joined with what follows. */
void oom_parser_gap(struct oom_parser *parser);

/* n_records records up to last_seq, which took span_usec, were passed over unread while a run of reports that say the same went on: no
 * kill is among them, and the last one ends a report of that kind. */
void oom_parser_skip(struct oom_parser *parser, uint64_t last_seq, uint64_t n_records, uint64_t span_usec);

/* Whether the record is the last one of a report that may be one of many that say the same. */
bool oom_parser_ends_repeat(const struct kmsg_record *record);

/* Closes what has had no line for OOM_PARSER_IDLE_USEC before mono_usec (the kernel's clock, as in records): a report
 * that never came to a kill becomes oom_no_victim. To be called only when all records up to then were pushed. Returns
 * whether anything is still open. */
bool oom_parser_tick(struct oom_parser *parser, uint64_t mono_usec);

/* The seq of the first line of the oldest report that is still open: whoever stops here and goes on later begins there.
 * UINT64_MAX: none is open. */
uint64_t oom_parser_open_seq(const struct oom_parser *parser);

/* How many kill lines were read, a group's repeated ones included: each is one of the kernel's count `oom_kill` in /proc/vmstat. */
uint64_t oom_parser_kill_lines(const struct oom_parser *parser);

/* Whether a run of reports that say the same may be going on. */
bool oom_parser_is_repeating(const struct oom_parser *parser);

/* Ends the runs of reports that say the same: whoever reads will not see how they go on. */
void oom_parser_end_repeats(struct oom_parser *parser);

/* Closes everything and forgets it: the input has ended, or goes on with another boot. */
void oom_parser_flush(struct oom_parser *parser);

/* After so long without a line a report has ended. Its lines follow each other within milliseconds, but whoever prints may
 * have to write out first what others left to a slow console: a minute between two lines was seen. */
#define OOM_PARSER_IDLE_USEC (90 * 1000 * 1000ULL)

/* Reports that nobody may be killed, further apart than this, are not of one run. */
#define OOM_PARSER_QUIET_USEC (10 * 1000 * 1000ULL)
