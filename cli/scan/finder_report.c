/* cli/scan/finder_report.c: makes a sighting of an incident: what it is recognised by in another log, and its alert as
 * texts. */

#include <errno.h>

#include "alert/completion.h"
#include "scan/finder_state.h"
#include "scan/texts.h"

static const struct mark *find_mark(const struct finder_host *host, uint64_t seq)
{
        for (size_t i = 0; i < MARKS_MAX; i++)
                if (host->marks[i].seq == seq && host->marks[i].seq)
                        return &host->marks[i];
        return &host->last;
}

static void identify(const struct alert *alert, struct sighting *sighting)
{
        const struct oom_victim *victim = &alert->incident->victim;
        struct alert_log_key key = alert_log_key(alert);

        sighting->type = alert->type;
        sighting->pid = key.pid;
        texts_set_owners(&alert->owner, sighting);
        sighting->has_comm = key.comm.length > 0;
        sighting->comm_length = (uint8_t)key.comm.length;
        if (key.comm.length)
                memcpy(sighting->comm, key.comm.data, key.comm.length);
        for (size_t i = 0; i < SIGHTING_SIZES; i++)
                sighting->sizes[i] = SIGHTING_SIZE_UNKNOWN;
        /* Another log may have the kill line, and sizes that are not quite those of the row. */
        if (alert->type == ALERT_OOM_KILL && alert->report && alert->report->parts & OOM_PART_KILLED) {
                sighting->sizes[SIGHTING_TOTAL_VM] = sighting_size(victim->total_vm_bytes);
                sighting->sizes[SIGHTING_ANON_RSS] = sighting_size(victim->anon_rss_bytes);
                sighting->sizes[SIGHTING_FILE_RSS] = sighting_size(victim->file_rss_bytes);
                sighting->sizes[SIGHTING_SHMEM_RSS] = sighting_size(victim->shmem_rss_bytes);
        }
        if (alert->type == ALERT_OOM_PANIC)
                sighting->message_hash = finder_short_hash(finder_hash(alert->incident->message));
        if (alert->type == ALERT_OOM_NO_VICTIM) {
                const struct oom_path *limit = &alert->report->limit_memcg;

                sighting->limit_hash =
                        limit->is_known && !limit->is_cut ? finder_short_hash(finder_hash(oom_path_text(limit))) : 0;
                sighting->is_none_killable = alert->incident->end == OOM_END_NONE_KILLABLE;
        }
        if (alert->report)
                sighting->completeness = (uint8_t)(8 * __builtin_popcount(alert->report->parts)); /* there are 10 */
        sighting->completeness = (uint8_t)(sighting->completeness + (sighting->seq != LOG_UNKNOWN ? 4 : 0) +
                                           (sighting->host ? 2 : 0) + (sighting->mono_usec != LOG_UNKNOWN));
}

static uint32_t find_group_first(const struct finder_host *host, const struct oom_incident *incident)
{
        if (incident->is_group_member && incident->group_first_seq != UINT64_MAX)
                for (size_t i = 0; i < host->n_kills; i++)
                        if (host->kills[i].seq == incident->group_first_seq)
                                return host->kills[i].index;
        return UINT32_MAX;
}

static int keep_texts(struct finder_host *host, struct alert *alert, struct sighting *sighting)
{
        struct text raw = { host->raw, host->raw ? host->raw_length : 0 };

        return texts_keep(host->finder->store, alert, host->finder->options.with_block, raw, sighting);
}

/* Sets what oomwatchd's alert of it has, as far as it can still be known. The sighting keeps its host: a log may have
 * another name for this machine. */
static void fill_from_ring(const struct ring *ring, const struct oom_incident *incident, struct sighting *sighting,
                           struct alert_context *context)
{
        sighting->seq = (int64_t)incident->seq;
        sighting->mono_usec = (int64_t)incident->mono_usec;
        sighting->line = 0;
        context->host = &ring->host;
        context->machine = ring->machine;
        context->log.line = 0;
}

static int make_sighting(struct finder_host *host, const struct oom_incident *incident, const struct mark *mark,
                         struct sighting *ret_sighting)
{
        struct finder *finder = host->finder;
        const struct ring *ring = finder->options.ring;
        struct sighting sighting = {
                .host = host->number,
                .boot_hash = finder_short_hash(host->boot_hash),
                .seq = LOG_UNKNOWN,
                .mono_usec = mark->mono_usec,
                .time = mark->time,
                .line = mark->line,
                .group_first = find_group_first(host, incident),
        };
        struct machine_identity alert_host = { 0 };
        struct alert_context context = {
                .host = &alert_host,
                .kind = finder->options.kind,
                .path = finder->options.path,
                .time_usec = OOM_UNKNOWN, /* for alert_complete() */
                .log = { .line = mark->line, .seq = mark->record_seq, .mono_usec = mark->mono_usec },
                .machine = { OOM_UNKNOWN, OOM_UNKNOWN },
        };
        struct alert alert;
        int r;

        memcpy(alert_host.name, host->name, host->name_length);
        memcpy(alert_host.boot_id, host->boot_id, sizeof(host->boot_id));
        if (ring)
                fill_from_ring(ring, incident, &sighting, &context);
        if (sighting.group_first != UINT32_MAX)
                context.log.group_first = ALERT_GROUP_FIRST_UNSET;
        alert_from_incident(incident, &context, &alert);
        identify(&alert, &sighting);
        r = keep_texts(host, &alert, &sighting);
        alert_done(&alert);
        if (r == 0)
                *ret_sighting = sighting;
        return r;
}

/* An unused one; else one that no run began with, or the one that wasn't asked for the longest. */
static struct no_victim *new_no_victim(struct finder_host *host)
{
        struct no_victim *oldest = &host->no_victims[0];

        if (host->n_no_victims < NO_VICTIMS_MAX)
                return &host->no_victims[host->n_no_victims++];
        for (size_t i = 1; i < NO_VICTIMS_MAX; i++)
                if (host->no_victims[i].used < oldest->used)
                        oldest = &host->no_victims[i];
        return oldest;
}

/* It may be needed again, by what follows. */
static void remember(struct finder_host *host, const struct oom_incident *incident, const struct mark *mark)
{
        size_t index = host->finder->batch->n_sightings;

        if (index >= UINT32_MAX)
                return;
        if (incident->type == OOM_TYPE_KILL) {
                host->kills[host->next_kill] = (struct kill){ incident->seq, (uint32_t)index };
                host->next_kill = (host->next_kill + 1) % KILLS_MAX;
                host->n_kills += host->n_kills < KILLS_MAX;
        } else if (incident->type == OOM_TYPE_NO_VICTIM) {
                *new_no_victim(host) = (struct no_victim){
                        .seq = incident->seq,
                        .used = incident->end == OOM_END_NONE_KILLABLE ? host->finder->seq : 0,
                        .index = (uint32_t)index,
                        .mark = *mark,
                };
        }
}

static int add_sighting(struct finder_host *host, const struct oom_incident *incident)
{
        const struct mark *mark = find_mark(host, incident->seq);
        struct sighting sighting;
        int r = make_sighting(host, incident, mark, &sighting);

        if (r < 0)
                return r;
        remember(host, incident, mark);
        return sighting_batch_add(host->finder->batch, &sighting);
}

static const struct no_victim *find_no_victim(struct finder_host *host, uint64_t seq)
{
        for (size_t i = 0; i < host->n_no_victims; i++) {
                struct no_victim *known = &host->no_victims[i];

                if (known->seq != seq)
                        continue;
                known->used = host->finder->seq;
                return known;
        }
        return NULL;
}

/* One more report that says what the sighting's says. */
static int prolong(struct finder_host *host, const struct oom_incident *incident, struct sighting *sighting)
{
        const struct mark *mark = find_mark(host, incident->seq);
        struct sighting_run *run = sighting_batch_run(host->finder->batch, sighting);

        if (!run)
                return -ENOMEM;
        run->n_reports = incident->n_reports;
        run->time = mark->time;
        run->mono_usec = mark->mono_usec;
        return 0;
}

/* No more came: the sighting's texts get the count. */
static int complete(struct finder_host *host, const struct oom_incident *incident, const struct no_victim *first,
                    struct sighting *sighting)
{
        struct oom_incident whole = *incident;
        struct sighting completed;
        int r;

        whole.repeat = OOM_REPEAT_NONE; /* alert_complete() adds `recurrence` */
        whole.report = incident->first_report;
        whole.seq = incident->first_seq;
        whole.mono_usec = incident->first_mono_usec;
        r = make_sighting(host, &whole, &first->mark, &completed);
        if (r < 0)
                return r;
        completed.run = sighting_batch_run(host->finder->batch, sighting);
        if (!completed.run)
                return -ENOMEM;
        completed.run->n_reports = incident->n_reports;
        *sighting = completed;
        return 0;
}

/* The kernel first says that nobody may be killed, then panics: that is one incident. Where it isn't known that one follows, as
 * oomwatchd can't, there are two alerts. */
static int replace_by_panic(struct finder_host *host, const struct oom_incident *incident, struct sighting *sighting)
{
        return make_sighting(host, incident, find_mark(host, incident->seq), sighting);
}

static int report(struct finder_host *host, const struct oom_incident *incident)
{
        struct sighting *sightings = host->finder->batch->sightings;
        const struct no_victim *first = NULL;

        if (incident->repeat != OOM_REPEAT_NONE)
                first = find_no_victim(host, incident->first_seq);
        else if (incident->type == OOM_TYPE_PANIC && incident->report)
                first = find_no_victim(host, incident->report->seq);
        if (!first)
                return incident->repeat == OOM_REPEAT_NONE ? add_sighting(host, incident) : 0;
        if (incident->type == OOM_TYPE_PANIC)
                return replace_by_panic(host, incident, &sightings[first->index]);
        if (incident->repeat == OOM_REPEAT_END)
                return complete(host, incident, first, &sightings[first->index]);
        return prolong(host, incident, &sightings[first->index]);
}

void finder_report(const struct oom_incident *incident, void *userdata)
{
        struct finder_host *host = userdata;
        int r = report(host, incident);

        if (r < 0 && host->finder->error == 0)
                host->finder->error = r;
}
