#include "alert/envelope.h"

#include <errno.h>
#include <json-c/json.h>
#include <limits.h>
#include <time.h>

#include "util/cleanup.h"
#include "util/text.h"

#define USEC_PER_SEC INT64_C(1000000)

static void json_putp(struct json_object **object)
{
        (void)json_object_put(*object); /* copes with NULL */
}

static void tokener_freep(struct json_tokener **tokener)
{
        if (*tokener)
                json_tokener_free(*tokener);
}

/* Takes a number of exactly so many digits, at most 9, and what must follow. */
static bool eat_digits(struct text *text, size_t digits, const char *next, int *ret_value)
{
        struct text number = text_until_offset(*text, digits <= text->length ? digits : text->length);
        uint64_t value;

        if (number.length != digits || !text_eat_u64(&number, &value) || number.length > 0)
                return false;
        *text = text_from_offset(*text, digits);
        *ret_value = (int)value;
        return text_eat(text, text_from(next));
}

/* RFC 3339 in UTC, as json.c writes it: "2024-05-01T12:00:00.123456Z", the fraction optional. */
static int64_t parse_time(struct text text)
{
        struct tm tm = { 0 };
        int usec = 0;

        if (!text_eat_end(&text, TEXT("Z")) || !eat_digits(&text, 4, "-", &tm.tm_year) ||
            !eat_digits(&text, 2, "-", &tm.tm_mon) || !eat_digits(&text, 2, "T", &tm.tm_mday) ||
            !eat_digits(&text, 2, ":", &tm.tm_hour) || !eat_digits(&text, 2, ":", &tm.tm_min) ||
            !eat_digits(&text, 2, "", &tm.tm_sec))
                return ALERT_TIME_ABSENT;
        if (text_eat(&text, TEXT(".")) && !eat_digits(&text, 6, "", &usec))
                return ALERT_TIME_ABSENT;
        if (text.length > 0 || tm.tm_mon < 1 || tm.tm_mon > 12 || tm.tm_mday < 1 || tm.tm_mday > 31 ||
            tm.tm_hour > 23 || tm.tm_min > 59 || tm.tm_sec > 60)
                return ALERT_TIME_ABSENT;
        tm.tm_year -= 1900;
        tm.tm_mon -= 1;
        return (int64_t)timegm(&tm) * USEC_PER_SEC + usec;
}

static struct text string_member(const struct json_object *object, const char *name)
{
        struct json_object *value;

        if (!json_object_object_get_ex(object, name, &value) || !json_object_is_type(value, json_type_string))
                return (struct text){ 0 };
        return (struct text){ json_object_get_string(value), (size_t)json_object_get_string_len(value) };
}

int alert_envelope_read(const char *json, size_t length, struct alert_envelope *ret_envelope)
{
        _cleanup_(tokener_freep) struct json_tokener *tokener = json_tokener_new();
        _cleanup_(json_putp) struct json_object *object = NULL;
        struct alert_envelope envelope = { 0 };
        struct text id;

        if (!tokener)
                return -ENOMEM;
        if (length > INT_MAX)
                return -EBADMSG;
        json_tokener_set_flags(tokener, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
        object = json_tokener_parse_ex(tokener, json, (int)length);
        if (json_tokener_get_error(tokener) != json_tokener_success || !json_object_is_type(object, json_type_object))
                return -EBADMSG;
        for (size_t at = json_tokener_get_parse_end(tokener); at < length; at++)
                if (!strchr(" \t\r\n", json[at]) || json[at] == '\0')
                        return -EBADMSG;
        id = string_member(object, "id");
        if (id.length == 0 || id.length >= sizeof(envelope.id) || memchr(id.data, '\0', id.length))
                return -EBADMSG;
        memcpy(envelope.id, id.data, id.length);
        envelope.time_usec = parse_time(string_member(object, "time"));
        *ret_envelope = envelope;
        return 0;
}
