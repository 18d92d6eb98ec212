#include "alert/completion.h"

#include <assert.h>

#include "alert/alert.h"
#include "alert/object.h"
#include "util/rfc3339.h"

#define ID_LENGTH 32

/* The text being written; json is copied up to n_copied. */
struct splice {
        struct text json;
        size_t n_copied;
        struct json_text out;
};

static void copy_until(struct splice *splice, size_t offset)
{
        assert(offset >= splice->n_copied && offset <= splice->json.length);
        json_text_add(&splice->out, text_from_offset(text_until_offset(splice->json, offset), splice->n_copied));
        splice->n_copied = offset;
}

/* Copies up to offset, and puts the id in the place of the one that is there. */
static void replace_id(struct splice *splice, size_t offset, const char *id)
{
        copy_until(splice, offset);
        json_text_add(&splice->out, (struct text){ id, ID_LENGTH });
        splice->n_copied += ID_LENGTH;
}

/* Copies up to offset, and inserts the members that add adds in front of the one that is there. */
static void insert_members(struct splice *splice, size_t offset, const struct alert_completion *completion,
                           void (*add)(struct object *members, const struct alert_completion *completion))
{
        struct object members = { .json = &splice->out, .is_empty = true };

        copy_until(splice, offset);
        add(&members, completion);
        if (!members.is_empty)
                json_text_add(&splice->out, TEXT(","));
}

static void add_recurrence(struct object *members, const struct alert_completion *completion)
{
        struct object object;
        char time[RFC3339_SIZE];

        if (completion->n_reports < 2)
                return;
        object = object_begin_object(members, "recurrence");
        object_add_unsigned(&object, "count", completion->n_reports);
        if (rfc3339_format(completion->time_usec, time))
                object_add_word(&object, "since", time);
        if (rfc3339_format(completion->until_usec, time))
                object_add_word(&object, "until", time);
        object_end(&object);
}

/* `"time":"...","time_source":"..."` and, if there are any, the doubts; nothing where the time is unknown */
static void add_time(struct object *members, const struct alert_completion *completion)
{
        char time[RFC3339_SIZE];
        struct object doubts;

        add_recurrence(members, completion);
        if (!rfc3339_format(completion->time_usec, time))
                return;
        object_add_word(members, "time", time);
        object_add_word(members, "time_source", completion->doubts & LOG_DOUBT_STAMP ? "estimated" : "log");
        doubts = object_begin_list(members, "time_doubts");
        if (completion->doubts & LOG_DOUBT_YEAR)
                list_add_word(&doubts, "year");
        if (completion->doubts & (LOG_DOUBT_ZONE_ASSUMED | LOG_DOUBT_ZONE_UNKNOWN))
                list_add_word(&doubts, "zone");
        if (completion->doubts & LOG_DOUBT_SECOND)
                list_add_word(&doubts, "second");
        if (completion->doubts & LOG_DOUBT_CLOCK)
                list_add_word(&doubts, "clock");
        object_end(&doubts);
}

/* `"places":[...]`; nothing where there is one location only */
static void add_locations(struct object *members, const struct alert_completion *completion)
{
        struct object list = object_begin_list(members, "places");

        for (size_t i = 0; i < completion->n_locations && completion->n_locations > 1; i++) {
                const struct alert_location *location = &completion->locations[i];
                struct object member = list_begin_object(&list);

                member.is_kept = true; /* of the journal nothing is known */
                if (location->path)
                        OBJECT_ADD_BYTES(&member, "path", text_from(location->path));
                if (location->line)
                        object_add_unsigned(&member, "line", location->line);
                object_end(&member);
        }
        object_end(&list);
}

char *alert_complete(struct text json, const struct alert_gaps *gaps, const struct alert_completion *completion,
                     size_t *ret_length)
{
        struct splice splice = { .json = json };

        replace_id(&splice, gaps->id, completion->id);
        insert_members(&splice, gaps->time, completion, add_time);
        insert_members(&splice, gaps->locations, completion, add_locations);
        if (gaps->group_first && completion->group_first)
                replace_id(&splice, gaps->group_first, completion->group_first);
        copy_until(&splice, json.length);
        return json_text_end(&splice.out, ret_length);
}
