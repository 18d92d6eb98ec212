#include "alert/digest.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "alert/alert.h"
#include "alert/json_read.h"
#include "alert/object.h"
#include "alert/summary.h"
#include "util/array.h"
#include "util/cleanup.h"
#include "util/prose.h"
#include "util/rfc3339.h"
#include "util/wide.h"

/* Bytes of a name in the summary, and how many comms it names. */
#define NAME_SHOWN  120
#define COMMS_SHOWN 5

struct comm_count {
        char *comm;
        size_t count;
};

struct victim {
        struct json_object *process; /* owned: the alert's member `victim` */
        char time[RFC3339_SIZE];     /* of the alert; "": unknown */
        size_t nth;                  /* of the alerts */
};

struct digest {
        struct json_object *first; /* owned: the first alert, for what all have in common */
        char (*ids)[33];
        size_t n_alerts, capacity;
        struct victim victims[DIGEST_VICTIMS_MAX];
        size_t n_victims;
        struct comm_count *comms;
        size_t n_comms;
        enum alert_severity severity;
        int64_t first_usec, last_usec; /* ALERT_TIME_ABSENT: no alert had a time */
        char time_source[16];          /* of the last */
        uint64_t n_dropped_before;
};

/* --- the key ---------------------------------------------------------------------------------------------------------- */

static bool is_summed_up(struct text type)
{
        return text_equal(type, TEXT("oom_kill")) || text_equal(type, TEXT("oom_no_victim")) ||
               text_equal(type, TEXT("user_kill"));
}

/* A name as its bytes were: two that are not UTF-8 may look alike. */
static struct text raw_string(const struct json_object *object, const char *name, const char *hex_name)
{
        struct text hex = json_read_string(object, hex_name);

        return hex.length > 0 ? hex : json_read_string(object, name);
}

/* What makes the place: a kind, and a name. */
struct place {
        const char *kind;
        struct text name, user_unit;
};

static struct place place_of(const struct json_object *alert)
{
        const struct json_object *limit = json_read_member(alert, "limit"), *victim = json_read_member(alert, "victim");
        struct place place = { "limit", raw_string(limit, "cgroup", "cgroup_hex"), { 0 } };

        if (place.name.length > 0)
                return place;
        place = (struct place){ "unit", json_read_string(victim, "unit"), json_read_string(victim, "user_unit") };
        if (place.name.length > 0)
                return place;
        return (struct place){ "cgroup", raw_string(victim, "cgroup", "cgroup_hex"), { 0 } };
}

int digest_key(const char *json, size_t length, char **ret_key)
{
        _cleanup_(json_putp) struct json_object *alert = NULL;
        struct text type, killer, scope;
        struct place place;
        int r = json_read_object(json, length, &alert);

        if (r < 0)
                return r;
        *ret_key = NULL;
        type = json_read_string(alert, "type");
        if (!is_summed_up(type))
                return 0;
        killer = json_read_string(alert, "killer");
        scope = json_read_string(alert, "scope");
        place = place_of(alert);
        /* Only the last part may be anybody's choice, so the parts can't be mistaken for each other. */
        return asprintf(ret_key, "%.*s\n%.*s\n%.*s\n%s\n%.*s\n%.*s", (int)type.length, type.data, (int)killer.length,
                        killer.data, (int)scope.length, scope.data, place.kind, (int)place.user_unit.length,
                        place.user_unit.data, (int)place.name.length, place.name.data) < 0
                       ? -ENOMEM
                       : 0;
}

/* --- adding ----------------------------------------------------------------------------------------------------------- */

int digest_new(struct digest **ret_digest)
{
        struct digest *digest = calloc(1, sizeof(*digest));

        if (!digest)
                return -ENOMEM;
        digest->severity = ALERT_WARNING;
        digest->first_usec = digest->last_usec = ALERT_TIME_ABSENT;
        *ret_digest = digest;
        return 0;
}

struct digest *digest_free(struct digest *digest)
{
        if (!digest)
                return NULL;
        for (size_t i = 0; i < digest->n_victims; i++)
                json_putp(&digest->victims[i].process);
        for (size_t i = 0; i < digest->n_comms; i++)
                free(digest->comms[i].comm);
        free(digest->comms);
        free(digest->ids);
        json_putp(&digest->first);
        free(digest);
        return NULL;
}

/* Makes room for one alert more. */
static int make_room(struct digest *digest)
{
        size_t capacity = digest->capacity ? 2 * digest->capacity : 16;
        char(*ids)[33];

        if (digest->n_alerts < digest->capacity)
                return 0;
        ids = reallocarray(digest->ids, capacity, sizeof(*ids));
        if (!ids)
                return -ENOMEM;
        digest->ids = ids;
        digest->capacity = capacity;
        return 0;
}

static int count_comm(struct digest *digest, struct text comm)
{
        struct comm_count *comms;

        if (comm.length == 0)
                return 0;
        for (size_t i = 0; i < digest->n_comms; i++)
                if (text_equal(text_from(digest->comms[i].comm), comm)) {
                        digest->comms[i].count++;
                        return 0;
                }
        comms = reallocarray(digest->comms, digest->n_comms + 1, sizeof(*comms));
        if (!comms)
                return -ENOMEM;
        digest->comms = comms;
        comms[digest->n_comms].comm = strndup(comm.data, comm.length);
        if (!comms[digest->n_comms].comm)
                return -ENOMEM;
        comms[digest->n_comms++].count = 1;
        return 0;
}

static void note_time(struct digest *digest, const struct json_object *alert)
{
        int64_t usec = json_read_time(json_read_string(alert, "time"));
        struct text source = json_read_string(alert, "time_source");

        if (usec == ALERT_TIME_ABSENT || source.length == 0)
                return;
        if (digest->first_usec == ALERT_TIME_ABSENT || usec < digest->first_usec)
                digest->first_usec = usec;
        if (digest->last_usec != ALERT_TIME_ABSENT && usec < digest->last_usec)
                return;
        digest->last_usec = usec;
        digest->time_source[text_copy(source, digest->time_source, sizeof(digest->time_source) - 1)] = '\0';
}

static void note_severity(struct digest *digest, const struct json_object *alert)
{
        struct text name = json_read_string(alert, "severity");

        for (enum alert_severity i = ALERT_CRITICAL; i < digest->severity; i++)
                if (text_equal(name, text_from(alert_severity_name(i))))
                        digest->severity = i;
}

static void note_dropped(struct digest *digest, const struct json_object *alert)
{
        struct json_object *value;
        int64_t count;

        if (!json_object_object_get_ex(alert, "dropped_before", &value))
                return;
        count = json_object_get_int64(value);
        if (count > 0)
                digest->n_dropped_before += (uint64_t)count;
}

static void note_victim(struct digest *digest, const struct json_object *alert, struct json_object *process)
{
        struct victim *victim = &digest->victims[digest->n_victims++];
        int64_t usec = json_read_time(json_read_string(alert, "time"));

        victim->process = json_object_get(process);
        victim->nth = digest->n_alerts;
        if (usec == ALERT_TIME_ABSENT || !rfc3339_format(usec, victim->time))
                victim->time[0] = '\0';
}

int digest_add(struct digest *digest, const char *json, size_t length)
{
        _cleanup_(json_putp) struct json_object *alert = NULL;
        struct json_object *victim;
        struct text id;
        int r;

        if (digest->n_alerts == DIGEST_ALERTS_MAX)
                return -ENOSPC;
        r = json_read_object(json, length, &alert);
        if (r < 0)
                return r;
        id = json_read_string(alert, "id");
        if (id.length != sizeof(*digest->ids) - 1 || memchr(id.data, '\0', id.length))
                return -EBADMSG;
        victim = json_read_member(alert, "victim");
        r = make_room(digest);
        if (r == 0)
                r = count_comm(digest, json_read_string(victim, "comm"));
        if (r < 0)
                return r;
        note_time(digest, alert);
        note_severity(digest, alert);
        note_dropped(digest, alert);
        if (victim && digest->n_victims < DIGEST_VICTIMS_MAX)
                note_victim(digest, alert, victim);
        digest->ids[digest->n_alerts][text_copy(id, digest->ids[digest->n_alerts], sizeof(*digest->ids) - 1)] = '\0';
        digest->n_alerts++;
        if (!digest->first)
                digest->first = take_pointer(alert);
        return 0;
}

/* --- the summary ------------------------------------------------------------------------------------------------------ */

/* "in nginx.service", or "" */
static void add_place(struct prose *prose, const struct json_object *alert)
{
        const struct json_object *limit = json_read_member(alert, "limit"), *victim = json_read_member(alert, "victim");
        struct text cgroup = json_read_string(limit, "cgroup"), user_unit = { 0 };
        struct text unit = json_read_string(limit, "unit");

        if (cgroup.length == 0) {
                cgroup = json_read_string(victim, "cgroup");
                unit = json_read_string(victim, "unit");
                user_unit = json_read_string(victim, "user_unit");
        }
        if (unit.length == 0 && cgroup.length <= 1)
                return;
        prose_add(prose, TEXT(" in "));
        if (user_unit.length > 0) {
                prose_name(prose, user_unit, NAME_SHOWN);
                prose_add(prose, TEXT(" of "));
        }
        if (unit.length == 0)
                prose_add(prose, TEXT("cgroup "));
        prose_name(prose, unit.length > 0 ? unit : cgroup, NAME_SHOWN);
}

static void add_duration(struct prose *prose, int64_t usec)
{
        int64_t sec = (usec + 999999) / 1000000;

        if (sec < 1)
                sec = 1;
        if (sec <= 120)
                prose_format(prose, " within %" PRId64 " s", sec);
        else if (sec <= 120 * INT64_C(60))
                prose_format(prose, " within %" PRId64 " min", (sec + 59) / 60);
        else
                prose_format(prose, " within %" PRId64 " h", (sec + 3599) / 3600);
}

static int compare_counts(const void *a, const void *b)
{
        const struct comm_count *const *left = a, *const *right = b;

        if ((*left)->count != (*right)->count)
                return (*left)->count < (*right)->count ? 1 : -1;
        return *left < *right ? -1 : *left > *right; /* who came first */
}

/* ": nginx (12), php (5), and 3 others" */
static int add_comms(struct prose *prose, const struct digest *digest)
{
        _cleanup_(freep) const struct comm_count **order = NULL;
        size_t n_others = 0;

        if (digest->n_comms == 0)
                return 0;
        order = calloc(digest->n_comms, sizeof(struct comm_count *));
        if (!order)
                return -ENOMEM;
        for (size_t i = 0; i < digest->n_comms; i++)
                order[i] = &digest->comms[i];
        qsort(order, digest->n_comms, sizeof(struct comm_count *), compare_counts);
        for (size_t i = 0; i < digest->n_comms; i++) {
                if (i >= COMMS_SHOWN) {
                        n_others += order[i]->count;
                        continue;
                }
                prose_add(prose, i == 0 ? TEXT(": ") : TEXT(", "));
                prose_name(prose, text_from(order[i]->comm), NAME_SHOWN);
                prose_format(prose, " (%zu)", order[i]->count);
        }
        if (n_others > 0)
                prose_format(prose, ", and %zu others", n_others);
        return 0;
}

/* "17 more kills in backend.slice within 30 s: nginx (12), php (5)" */
static int summarize(const struct digest *digest, char ret_summary[static ALERT_SUMMARY_MAX + 1])
{
        struct prose prose = prose_start(ret_summary, ALERT_SUMMARY_MAX + 1);
        struct text killer = json_read_string(digest->first, "killer");
        const char *ending = digest->n_alerts == 1 ? "" : "s";

        if (text_equal(json_read_string(digest->first, "type"), TEXT("oom_no_victim")))
                prose_format(&prose, "Out of memory %zu more time%s without a kill", digest->n_alerts, ending);
        else
                prose_format(&prose, "%zu more kill%s", digest->n_alerts, ending);
        if (killer.length > 0) {
                prose_add(&prose, TEXT(" by "));
                prose_name(&prose, killer, NAME_SHOWN);
        }
        add_place(&prose, digest->first);
        if (digest->first_usec != ALERT_TIME_ABSENT)
                add_duration(&prose, digest->last_usec - digest->first_usec);
        return add_comms(&prose, digest);
}

/* --- writing ---------------------------------------------------------------------------------------------------------- */

/* The members that are handed on, of a type each. */
struct member {
        const char *name;
        enum json_type type;
};

static void copy_members(struct object *out, const struct json_object *in, const struct member *members, size_t count)
{
        for (size_t i = 0; i < count; i++) {
                struct json_object *value;

                if (!json_object_object_get_ex(in, members[i].name, &value) ||
                    !json_object_is_type(value, members[i].type))
                        continue;
                if (members[i].type == json_type_string)
                        object_add_word(out, members[i].name, json_object_get_string(value));
                else if (members[i].type == json_type_int)
                        object_add_number(out, members[i].name, json_object_get_int64(value));
                else
                        object_add_bool(out, members[i].name, json_object_get_boolean(value));
        }
}

static void copy_object(struct object *out, const struct json_object *in, const char *name,
                        const struct member *members, size_t count)
{
        struct object object = object_begin_object(out, name);

        copy_members(&object, json_read_member(in, name), members, count);
        object_end(&object);
}

static void add_victim(struct object *list, const struct digest *digest, const struct victim *victim)
{
        static const struct member members[] = { { "pid", json_type_int },           { "comm", json_type_string },
                                                 { "comm_hex", json_type_string },   { "uid", json_type_int },
                                                 { "user", json_type_string },       { "user_hex", json_type_string },
                                                 { "unit", json_type_string },       { "user_unit", json_type_string },
                                                 { "anon_rss_bytes", json_type_int } };
        static const struct member container[] = { { "id", json_type_string },
                                                   { "runtime", json_type_string },
                                                   { "name", json_type_string } };
        static const struct member pod[] = { { "uid", json_type_string },
                                             { "name", json_type_string },
                                             { "namespace", json_type_string } };
        struct object object = list_begin_object(list);

        object_add_word(&object, "id", digest->ids[victim->nth]);
        object_add_word(&object, "time", victim->time);
        copy_members(&object, victim->process, members, COUNT(members));
        copy_object(&object, victim->process, "container", container, COUNT(container));
        copy_object(&object, victim->process, "pod", pod, COUNT(pod));
        object_end(&object);
}

static void add_digest(struct object *alert_object, const struct digest *digest)
{
        struct object object = object_begin_object(alert_object, "digest"), list;
        char time[RFC3339_SIZE];

        object_add_word(&object, "of", json_read_string(digest->first, "type").data);
        object_add_unsigned(&object, "count", digest->n_alerts);
        if (digest->first_usec != ALERT_TIME_ABSENT && rfc3339_format(digest->first_usec, time))
                object_add_word(&object, "first", time);
        if (digest->last_usec != ALERT_TIME_ABSENT && rfc3339_format(digest->last_usec, time))
                object_add_word(&object, "last", time);
        list = object_begin_list(&object, "victims");
        for (size_t i = 0; i < digest->n_victims; i++)
                add_victim(&list, digest, &digest->victims[i]);
        object_end(&list);
        list = object_begin_list(&object, "ids");
        for (size_t i = 0; i < digest->n_alerts; i++)
                list_add_word(&list, digest->ids[i]);
        object_end(&list);
        object_end(&object);
}

/* FNV-1a of 128 bits over "digest", and "/" and the id of each alert. */
static void make_id(const struct digest *digest, char ret_id[static 33])
{
        struct fnv128 hash = FNV128_START;

        fnv128_add(&hash, TEXT("digest"));
        for (size_t i = 0; i < digest->n_alerts; i++) {
                fnv128_add(&hash, TEXT("/"));
                fnv128_add(&hash, text_from(digest->ids[i]));
        }
        (void)snprintf(ret_id, 33, "%016jx%016jx", (uintmax_t)hash.high, (uintmax_t)hash.low); /* it fits */
}

int digest_write(const struct digest *digest, struct digest_text *ret_text)
{
        static const struct member host[] = {
                { "name", json_type_string },    { "name_hex", json_type_string }, { "machine_id", json_type_string },
                { "boot_id", json_type_string }, { "kernel", json_type_string },   { "kernel_hex", json_type_string },
        };
        static const struct member common[] = {
                { "killer", json_type_string },
                { "scope", json_type_string },
                { "constraint", json_type_string },
        };
        static const struct member limit[] = {
                { "cgroup", json_type_string },
                { "cgroup_hex", json_type_string },
                { "cgroup_cut", json_type_boolean },
                { "unit", json_type_string },
        };
        struct json_text json = { 0 };
        struct object object = object_begin(&json);
        struct digest_text text = { .time_usec = digest->last_usec };
        char summary[ALERT_SUMMARY_MAX + 1], time[RFC3339_SIZE];
        int r = summarize(digest, summary);

        make_id(digest, text.id);
        object_add_word(&object, "schema", ALERT_SCHEMA);
        object_add_word(&object, "id", text.id);
        object_add_word(&object, "type", "digest");
        object_add_word(&object, "severity", alert_severity_name(digest->severity));
        if (digest->last_usec != ALERT_TIME_ABSENT && rfc3339_format(digest->last_usec, time)) {
                object_add_word(&object, "time", time);
                object_add_word(&object, "time_source", digest->time_source);
        }
        object_add_word(&object, "summary", summary);
        copy_object(&object, digest->first, "host", host, COUNT(host));
        copy_members(&object, digest->first, common, COUNT(common));
        copy_object(&object, digest->first, "limit", limit, COUNT(limit));
        add_digest(&object, digest);
        if (digest->n_dropped_before > 0) /* the last one: see alert/dropped.h */
                object_add_unsigned(&object, "dropped_before", digest->n_dropped_before);
        object_end(&object);
        text.json = json_text_end(&json, &text.length);
        if (r < 0 || !text.json) {
                free(text.json);
                return -ENOMEM;
        }
        *ret_text = text;
        return 0;
}
