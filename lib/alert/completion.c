#include "alert/completion.h"

#include <assert.h>
#include <stdlib.h>

#include "alert/alert.h"
#include "alert/object.h"
#include "util/rfc3339.h"

#define ID_LENGTH 32

/* The text being written; json is copied up to n_copied. */
struct splice {
        struct text json;
        size_t n_copied, length;
        char *out;
};

static void put(struct splice *splice, struct text text)
{
        if (text.length)
                memcpy(splice->out + splice->length, text.data, text.length);
        splice->length += text.length;
}

static void copy_until(struct splice *splice, size_t offset)
{
        assert(offset >= splice->n_copied && offset <= splice->json.length);
        put(splice, (struct text){ splice->json.data + splice->n_copied, offset - splice->n_copied });
        splice->n_copied = offset;
}

/* Copies up to offset, and puts the id in the place of the one that is there. */
static void replace_id(struct splice *splice, size_t offset, const char *id)
{
        copy_until(splice, offset);
        put(splice, (struct text){ id, ID_LENGTH });
        splice->n_copied += ID_LENGTH;
}

/* Copies up to offset, and inserts the members of an object's text; "": none. */
static void insert_members(struct splice *splice, size_t offset, struct text object)
{
        copy_until(splice, offset);
        if (object.length == 0)
                return;
        put(splice, (struct text){ object.data + 1, object.length - 2 });
        put(splice, TEXT(","));
}

static void add_recurrence(struct object *members, const struct alert_completion *completion)
{
        struct object object = { 0 };
        char time[RFC3339_SIZE];

        if (completion->n_reports < 2)
                return;
        object_add_unsigned(&object, "count", completion->n_reports);
        if (rfc3339_format(completion->time_usec, time))
                object_add_word(&object, "since", time);
        if (rfc3339_format(completion->until_usec, time))
                object_add_word(&object, "until", time);
        object_add_object(members, "recurrence", &object);
}

/* `"time":"...","time_source":"...",` and, if there are any, the doubts; empty: the time is unknown */
static struct object time_members(const struct alert_completion *completion)
{
        struct object object = { 0 }, doubts = { 0 };
        char time[RFC3339_SIZE];

        add_recurrence(&object, completion);
        if (!rfc3339_format(completion->time_usec, time))
                return object;
        object_add_word(&object, "time", time);
        object_add_word(&object, "time_source", completion->doubts & LOG_DOUBT_STAMP ? "estimated" : "log");
        if (completion->doubts & LOG_DOUBT_YEAR)
                list_add_word(&doubts, "year");
        if (completion->doubts & (LOG_DOUBT_ZONE_ASSUMED | LOG_DOUBT_ZONE_UNKNOWN))
                list_add_word(&doubts, "zone");
        if (completion->doubts & LOG_DOUBT_SECOND)
                list_add_word(&doubts, "second");
        if (completion->doubts & LOG_DOUBT_CLOCK)
                list_add_word(&doubts, "clock");
        object_add_object(&object, "time_doubts", &doubts);
        return object;
}

/* `{"places":[...]}`; empty: there is one location only */
static struct object locations_member(const struct alert_completion *completion)
{
        struct object object = { 0 }, list = { 0 };

        for (size_t i = 0; i < completion->n_locations && completion->n_locations > 1; i++) {
                const struct alert_location *location = &completion->locations[i];
                struct object member = { .json = json_object_new_object() }; /* added though it may be empty */

                if (location->path)
                        OBJECT_ADD_BYTES(&member, "path", text_from(location->path));
                if (location->line)
                        object_add_unsigned(&member, "line", location->line);
                list_add_object(&list, &member);
        }
        object_add_object(&object, "places", &list);
        return object;
}

/* "" for an object without members */
static char *to_text(struct object object, size_t *ret_length)
{
        *ret_length = 0;
        return object.json || object.has_failed ? object_to_text(&object, NULL, 0, ret_length) : calloc(1, 1);
}

static char *splice_all(struct text json, const struct alert_gaps *gaps, const struct alert_completion *completion,
                        struct text time, struct text locations, size_t *ret_length)
{
        struct splice splice = { .json = json, .out = malloc(json.length + time.length + locations.length + 1) };

        if (!splice.out)
                return NULL;
        replace_id(&splice, gaps->id, completion->id);
        insert_members(&splice, gaps->time, time);
        insert_members(&splice, gaps->locations, locations);
        if (gaps->group_first && completion->group_first)
                replace_id(&splice, gaps->group_first, completion->group_first);
        copy_until(&splice, json.length);
        splice.out[splice.length] = '\0';
        *ret_length = splice.length;
        return splice.out;
}

char *alert_complete(struct text json, const struct alert_gaps *gaps, const struct alert_completion *completion,
                     size_t *ret_length)
{
        size_t time_length = 0, locations_length = 0;
        char *time = to_text(time_members(completion), &time_length);
        char *locations = to_text(locations_member(completion), &locations_length);
        char *completed = NULL;

        if (time && locations)
                completed = splice_all(json, gaps, completion, (struct text){ time, time_length },
                                       (struct text){ locations, locations_length }, ret_length);
        free(time);
        free(locations);
        return completed;
}
