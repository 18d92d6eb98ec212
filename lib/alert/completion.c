#include "alert/completion.h"

#include <stdlib.h>

#include "alert/alert.h"
#include "alert/object.h"
#include "util/rfc3339.h"

/* Quotes within strings are escaped, so none of these can stand in a name. */
#define ID      TEXT("\"id\":\"")
#define SUMMARY TEXT("\"summary\":\"")
#define SOURCE  TEXT("\"source\":{")
#define FIRST   TEXT("\"first\":\"" ALERT_GROUP_FIRST_UNSET "\"")

#define ID_LENGTH 32

/* The text in the making: what stood before was copied up to `copied`. */
struct splice {
        struct text json;
        size_t copied, length;
        char *out;
};

static void put(struct splice *splice, struct text text)
{
        if (text.length)
                memcpy(splice->out + splice->length, text.data, text.length);
        splice->length += text.length;
}

/* Copies up to and with the next words. False: they aren't there. */
static bool copy_until(struct splice *splice, struct text words, bool is_with)
{
        ptrdiff_t at = text_find(splice->json, words, splice->copied);
        size_t end;

        if (at < 0)
                return false;
        end = (size_t)at + (is_with ? words.length : 0);
        put(splice, (struct text){ splice->json.data + splice->copied, end - splice->copied });
        splice->copied = end;
        return true;
}

/* `"time":"...","time_source":"...",` and, if there are any, the doubts; "": the time is unknown */
static char *time_members(const struct alert_completion *completion, size_t *ret_length)
{
        struct object object = { 0 };
        struct list doubts = { 0 };
        char time[RFC3339_SIZE], *text;

        if (!rfc3339_format(completion->time_usec, time)) {
                *ret_length = 0;
                return calloc(1, 1);
        }
        object_add_word(&object, "time", time);
        object_add_word(&object, "time_source", completion->doubts & LOG_DOUBT_STAMP ? "estimated" : "log");
        if (completion->doubts & LOG_DOUBT_YEAR)
                list_add_word(&doubts, "year");
        if (completion->doubts & (LOG_DOUBT_ZONE_ASSUMED | LOG_DOUBT_ZONE_UNKNOWN))
                list_add_word(&doubts, "zone");
        if (completion->doubts & LOG_DOUBT_CLOCK)
                list_add_word(&doubts, "clock");
        object_add_list(&object, "time_doubts", &doubts);
        text = object.failed ? NULL : json_to_text(object.json, ret_length);
        (void)json_object_put(object.json); /* frees it: there is no other reference */
        return text;
}

/* `{"places":[...]}`; "": there is one place only */
static char *places_member(const struct alert_completion *completion, size_t *ret_length)
{
        struct object object = { 0 };
        struct list list = { 0 };
        char *text;

        if (completion->n_places < 2) {
                *ret_length = 0;
                return calloc(1, 1);
        }
        for (size_t i = 0; i < completion->n_places; i++) {
                const struct alert_location *place = &completion->places[i];
                struct object member = { .json = json_object_new_object() }; /* told though it may be empty */

                if (place->path)
                        OBJECT_ADD_BYTES(&member, "path", text_from(place->path));
                if (place->line)
                        object_add_unsigned(&member, "line", place->line);
                list_add_object(&list, &member);
        }
        object_add_list(&object, "places", &list);
        text = object.failed ? NULL : json_to_text(object.json, ret_length);
        (void)json_object_put(object.json); /* the same */
        return text;
}

/* The members of an object's text, with a comma behind them. */
static void put_members(struct splice *splice, struct text object)
{
        if (object.length < 2)
                return;
        put(splice, (struct text){ object.data + 1, object.length - 2 });
        put(splice, TEXT(","));
}

static char *splice_all(struct text json, const struct alert_completion *completion, struct text time,
                        struct text places, size_t *ret_length)
{
        struct splice splice = { .json = json, .out = malloc(json.length + time.length + places.length + 1) };

        if (!splice.out)
                return NULL;
        if (copy_until(&splice, ID, true)) {
                put(&splice, (struct text){ completion->id, ID_LENGTH });
                splice.copied += ID_LENGTH;
        }
        if (copy_until(&splice, SUMMARY, false))
                put_members(&splice, time);
        if (copy_until(&splice, SOURCE, true))
                put_members(&splice, places);
        if (completion->group_first && copy_until(&splice, FIRST, false)) {
                put(&splice, TEXT("\"first\":\""));
                put(&splice, (struct text){ completion->group_first, ID_LENGTH });
                put(&splice, TEXT("\""));
                splice.copied += FIRST.length;
        }
        put(&splice, text_from_offset(json, splice.copied));
        splice.out[splice.length] = '\0';
        *ret_length = splice.length;
        return splice.out;
}

char *alert_complete(struct text json, const struct alert_completion *completion, size_t *ret_length)
{
        size_t time_length = 0, places_length = 0;
        char *time = time_members(completion, &time_length);
        char *places = places_member(completion, &places_length);
        char *completed = NULL;

        if (time && places)
                completed = splice_all(json, completion, (struct text){ time, time_length },
                                       (struct text){ places, places_length }, ret_length);
        free(time);
        free(places);
        return completed;
}
