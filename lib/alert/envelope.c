#include "alert/envelope.h"

#include <errno.h>

#include "alert/json_read.h"
#include "util/cleanup.h"

int alert_envelope_read(const char *json, size_t length, struct alert_envelope *ret_envelope)
{
        _cleanup_(json_putp) struct json_object *object = NULL;
        struct alert_envelope envelope = { 0 };
        struct text id;
        int r = json_read_object(json, length, &object);

        if (r < 0)
                return r;
        id = json_read_string(object, "id");
        if (id.length == 0 || id.length >= sizeof(envelope.id) || memchr(id.data, '\0', id.length))
                return -EBADMSG;
        memcpy(envelope.id, id.data, id.length);
        envelope.time_usec = json_read_time(json_read_string(object, "time"));
        *ret_envelope = envelope;
        return 0;
}
