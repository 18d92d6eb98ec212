#include "output/alert_reader.h"

#include <errno.h>
#include <json-c/json.h>
#include <limits.h>

/* Deeper than an alert is, so that hostile text can't exhaust the stack. */
#define DEPTH_MAX 16

static struct json_object *json_of(const struct alert_value *value)
{
        return (struct json_object *)(uintptr_t)value; /* json-c has no const */
}

static const struct alert_value *value_of(struct json_object *json)
{
        return (const struct alert_value *)json;
}

int alert_reader_new(struct text json, const struct alert_value **ret_alert)
{
        struct json_tokener *tokener;
        struct json_object *object = NULL;

        if (json.length > INT_MAX)
                return -EBADMSG;
        tokener = json_tokener_new_ex(DEPTH_MAX);
        if (!tokener)
                return -ENOMEM;
        object = json_tokener_parse_ex(tokener, json.data, (int)json.length);
        json_tokener_free(tokener);
        if (!json_object_is_type(object, json_type_object)) {
                (void)json_object_put(object); /* frees it: there is no other reference */
                return -EBADMSG;
        }
        *ret_alert = value_of(object);
        return 0;
}

const struct alert_value *alert_reader_free(const struct alert_value *alert)
{
        (void)json_object_put(json_of(alert)); /* as above; copes with NULL */
        return NULL;
}

const struct alert_value *alert_get(const struct alert_value *object, const char *key)
{
        struct json_object *value;

        if (!json_object_is_type(json_of(object), json_type_object) ||
            !json_object_object_get_ex(json_of(object), key, &value))
                return NULL;
        return value_of(value);
}

static struct text text_of(const struct alert_value *value)
{
        if (!json_object_is_type(json_of(value), json_type_string))
                return (struct text){ NULL, 0 };
        return (struct text){ json_object_get_string(json_of(value)),
                              (size_t)json_object_get_string_len(json_of(value)) };
}

static int64_t number_of(const struct alert_value *value)
{
        int64_t number;

        if (!json_object_is_type(json_of(value), json_type_int))
                return ALERT_UNKNOWN;
        number = json_object_get_int64(json_of(value));
        return number == INT64_MAX ? ALERT_UNKNOWN : number; /* what it makes of larger ones */
}

struct text alert_get_text(const struct alert_value *object, const char *key)
{
        return text_of(alert_get(object, key));
}

int64_t alert_get_number(const struct alert_value *object, const char *key)
{
        return number_of(alert_get(object, key));
}

int alert_get_bool(const struct alert_value *object, const char *key)
{
        const struct alert_value *value = alert_get(object, key);

        if (!json_object_is_type(json_of(value), json_type_boolean))
                return -1;
        return json_object_get_boolean(json_of(value));
}

size_t alert_count(const struct alert_value *list)
{
        return json_object_is_type(json_of(list), json_type_array) ? json_object_array_length(json_of(list)) : 0;
}

const struct alert_value *alert_item(const struct alert_value *list, size_t i)
{
        return i < alert_count(list) ? value_of(json_object_array_get_idx(json_of(list), i)) : NULL;
}

struct text alert_item_text(const struct alert_value *list, size_t i)
{
        return text_of(alert_item(list, i));
}

void alert_each_number(const struct alert_value *object, alert_number_fn handler, void *userdata)
{
        if (!json_object_is_type(json_of(object), json_type_object))
                return;
        json_object_object_foreach(json_of(object), key, value)
        {
                if (number_of(value_of(value)) != ALERT_UNKNOWN)
                        handler(text_from(key), number_of(value_of(value)), userdata);
        }
}
