#include "alert/json_read.h"

#include <errno.h>
#include <limits.h>

#include "logfile/stamp.h"
#include "util/cleanup.h"
#include "util/rfc3339.h"

void json_putp(struct json_object **object)
{
        (void)json_object_put(*object); /* copes with NULL */
}

static void tokener_freep(struct json_tokener **tokener)
{
        if (*tokener)
                json_tokener_free(*tokener);
}

/* As json.c writes it: "2024-05-01T12:00:00.123456Z". */
int64_t json_read_time(struct text text)
{
        bool has_form = text.length == sizeof("2024-05-01T12:00:00Z") - 1 || text.length == RFC3339_SIZE - 1;
        struct log_stamp stamp;

        if (!has_form || text.data[10] != 'T' || !text_ends(text, TEXT("Z")) || !log_stamp_eat_iso(&text, &stamp) ||
            text.length > 0 || stamp.kind != LOG_STAMP_UTC)
                return ALERT_TIME_ABSENT;
        return stamp.utc_usec;
}

struct text json_read_string(const struct json_object *object, const char *name)
{
        struct json_object *value;

        if (!json_object_object_get_ex(object, name, &value) || !json_object_is_type(value, json_type_string))
                return (struct text){ 0 };
        return (struct text){ json_object_get_string(value), (size_t)json_object_get_string_len(value) };
}

struct json_object *json_read_member(const struct json_object *object, const char *name)
{
        struct json_object *value;

        if (!json_object_object_get_ex(object, name, &value) || !json_object_is_type(value, json_type_object))
                return NULL;
        return value;
}

int json_read_object(const char *json, size_t length, struct json_object **ret_object)
{
        _cleanup_(tokener_freep) struct json_tokener *tokener = json_tokener_new();
        _cleanup_(json_putp) struct json_object *object = NULL;

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
        *ret_object = take_pointer(object);
        return 0;
}
