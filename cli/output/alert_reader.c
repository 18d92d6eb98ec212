#include "output/alert_reader.h"

#include <errno.h>
#include <json-c/json.h>
#include <limits.h>

/* An alert is less deep; the limit keeps hostile text from exhausting the stack. */
#define DEPTH_MAX 16

/* Of one key of a path, with its terminator. */
#define KEY_SIZE 64

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
                (void)json_object_put(object); /* frees it: nobody else holds a reference */
                return -EBADMSG;
        }
        *ret_alert = value_of(object);
        return 0;
}

const struct alert_value *alert_reader_free(const struct alert_value *alert)
{
        (void)json_object_put(json_of(alert)); /* as above; NULL is fine */
        return NULL;
}

const struct alert_value *alert_get(const struct alert_value *object, const char *path)
{
        struct json_object *json = json_of(object);

        while (json_object_is_type(json, json_type_object)) {
                size_t length = strcspn(path, ".");
                char key[KEY_SIZE];

                if (length >= sizeof(key))
                        return NULL;
                memcpy(key, path, length);
                key[length] = '\0';
                if (!json_object_object_get_ex(json, key, &json))
                        return NULL;
                if (path[length] == '\0')
                        return value_of(json);
                path += length + 1;
        }
        return NULL;
}

struct text alert_text(const struct alert_value *value)
{
        if (!json_object_is_type(json_of(value), json_type_string))
                return (struct text){ NULL, 0 };
        return (struct text){ json_object_get_string(json_of(value)),
                              (size_t)json_object_get_string_len(json_of(value)) };
}

int64_t alert_number(const struct alert_value *value)
{
        int64_t number;

        if (!json_object_is_type(json_of(value), json_type_int))
                return ALERT_UNKNOWN;
        number = json_object_get_int64(json_of(value));
        return number == INT64_MAX ? ALERT_UNKNOWN : number; /* json-c returns it for larger ones */
}

int alert_bool(const struct alert_value *value)
{
        return json_object_is_type(json_of(value), json_type_boolean) ? json_object_get_boolean(json_of(value)) : -1;
}

struct text alert_get_text(const struct alert_value *object, const char *path)
{
        return alert_text(alert_get(object, path));
}

int64_t alert_get_number(const struct alert_value *object, const char *path)
{
        return alert_number(alert_get(object, path));
}

size_t alert_count(const struct alert_value *list)
{
        return json_object_is_type(json_of(list), json_type_array) ? json_object_array_length(json_of(list)) : 0;
}

const struct alert_value *alert_item(const struct alert_value *list, size_t i)
{
        return i < alert_count(list) ? value_of(json_object_array_get_idx(json_of(list), i)) : NULL;
}

void alert_each_number(const struct alert_value *object, alert_number_fn handler, void *userdata)
{
        if (!json_object_is_type(json_of(object), json_type_object))
                return;
        json_object_object_foreach(json_of(object), key, value)
        {
                if (alert_number(value_of(value)) != ALERT_UNKNOWN)
                        handler(text_from(key), alert_number(value_of(value)), userdata);
        }
}
