#include "output/incident_counts.h"

#include <inttypes.h>

#include "logfile/message.h"

static const struct {
        enum log_doubt doubt;
        const char *text;
} doubts[INCIDENT_DOUBT_COUNT] = {
        { LOG_DOUBT_ZONE_ASSUMED, "no zone in the log: local time assumed" },
        { LOG_DOUBT_ZONE_UNKNOWN, "no zone in the log: taken as UTC" },
        { LOG_DOUBT_YEAR, "no year in the log: inferred from the file's time and the order of its lines" },
        { LOG_DOUBT_SECOND, "no second in the log: the minute, and the time since its first line" },
        { LOG_DOUBT_CLOCK, "clock of dmesg: wrong by the time the machine was suspended" },
        { LOG_DOUBT_STAMP, "computed from the kernel's time stamp: late by the time the machine was suspended since" },
};

/* of one, of several */
static const char *const type_names[INCIDENT_TYPE_COUNT][2] = {
        [INCIDENT_KILL] = { "kill", "kills" },
        [INCIDENT_NO_VICTIM] = { "without a kill", "without a kill" },
        [INCIDENT_PANIC] = { "panic", "panics" },
        [INCIDENT_UNREAPABLE] = { "victim that could not be reaped", "victims that could not be reaped" },
        [INCIDENT_CLAIM] = { "claim of a kill", "claims of kills" },
        [INCIDENT_OTHER] = { "other", "others" },
};

void incident_counts_add(struct incident_counts *counts, const struct incident_row *row)
{
        counts->n_incidents++;
        counts->n_types[row->type]++;
        for (unsigned i = 0; i < INCIDENT_DOUBT_COUNT; i++)
                counts->n_doubts[i] += (row->time_doubts & doubts[i].doubt) != 0;
}

void incident_counts_print_types(const struct incident_counts *counts, FILE *stream)
{
        const char *separator = "";

        for (enum incident_type type = 0; type < INCIDENT_TYPE_COUNT; type++)
                if (counts->n_types[type] > 0) {
                        (void)fprintf(stream, "%s%" PRIu64 " %s", separator, counts->n_types[type],
                                      type_names[type][counts->n_types[type] != 1]);
                        separator = ", ";
                }
}

bool incident_counts_has_doubts(const struct incident_counts *counts)
{
        for (unsigned i = 0; i < INCIDENT_DOUBT_COUNT; i++)
                if (counts->n_doubts[i] > 0)
                        return true;
        return false;
}

void incident_counts_print_doubts(const struct incident_counts *counts, FILE *stream, const char *before,
                                  const char *after)
{
        for (unsigned i = 0; i < INCIDENT_DOUBT_COUNT; i++)
                if (counts->n_doubts[i] > 0)
                        (void)fprintf(stream, "%s~ %s (%" PRIu64 " of %" PRIu64 ")%s", before, doubts[i].text,
                                      counts->n_doubts[i], counts->n_incidents, after);
}
