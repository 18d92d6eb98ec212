#include "watch/request.h"

#include <errno.h>

#include "logfile/json.h"
#include "util/array.h"

/* Of all values of a request together, with their names. */
#define VALUES_MAX 4096

static const struct {
        struct text name;
        enum request_kind kind;
} requests[] = {
        { TEXT("status"), REQUEST_STATUS },
};

struct reading {
        unsigned depth, n_objects;
        bool is_object, is_cut, has_request;
        struct text request; /* until the object's end */
        int result;
        enum request_kind kind;
};

static void on_begin(bool is_object, void *userdata)
{
        struct reading *reading = userdata;

        if (reading->depth++ == 0) {
                reading->n_objects++;
                reading->is_object = is_object;
        }
}

static bool on_value(const struct log_json_value *value, void *userdata)
{
        struct reading *reading = userdata;

        if (reading->depth != 1 || value->is_element || !text_equal(value->path, TEXT("request")))
                return false;
        if (value->kind != LOG_JSON_STRING || reading->has_request)
                reading->is_object = false;
        reading->has_request = true;
        reading->request = value->value;
        return true;
}

static int find_kind(struct text name, enum request_kind *ret_kind)
{
        for (size_t i = 0; i < COUNT(requests); i++)
                if (text_equal(name, requests[i].name)) {
                        *ret_kind = requests[i].kind;
                        return 0;
                }
        return -ENOENT;
}

static void on_end(bool is_whole, void *userdata)
{
        struct reading *reading = userdata;

        reading->is_cut |= !is_whole;
        if (--reading->depth == 0) /* the request's text is there until now */
                reading->result = reading->has_request ? find_kind(reading->request, &reading->kind) : -ENOENT;
}

int request_parse(struct text line, enum request_kind *ret_kind)
{
        static const struct log_json_handler handler = { .begin = on_begin, .value = on_value, .end = on_end };
        struct reading reading = { 0 };
        struct log_json json;
        char buffer[VALUES_MAX];
        enum log_json_result result;

        if (line.length > REQUEST_MAX)
                return -EMSGSIZE;
        log_json_init(&json, &handler, &reading, buffer, sizeof(buffer));
        result = log_json_push(&json, line);
        if (result == LOG_JSON_MORE)
                log_json_abort(&json, false);
        if (result != LOG_JSON_DONE || reading.n_objects != 1 || !reading.is_object)
                return -EBADMSG;
        if (reading.is_cut)
                return -EMSGSIZE;
        if (reading.result == 0)
                *ret_kind = reading.kind;
        return reading.result;
}

struct text request_refusal(int error)
{
        switch (error) {
        case -ENOENT:
                return TEXT("{\"error\":\"unknown-request\",\"text\":\"the request must be one of: status\"}\n");
        case -EMSGSIZE:
                return TEXT("{\"error\":\"too-large\",\"text\":\"the request is too large\"}\n");
        case -EBUSY:
                return TEXT("{\"error\":\"busy\",\"text\":\"too many ask: try again\"}\n");
        case -EBADMSG:
                return TEXT("{\"error\":\"bad-request\",\"text\":\"a request is one JSON object on a line\"}\n");
        default:
                return TEXT("{\"error\":\"failed\",\"text\":\"the request could not be answered\"}\n");
        }
}
