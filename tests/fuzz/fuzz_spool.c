/* Any bytes as a file of the spool, and its name: what the programs need of an alert is read or refused, whole. */

#include <stdlib.h>

#include "alert/dropped.h"
#include "alert/envelope.h"
#include "common/spool.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* How many were dropped before it is added to an alert, and read again. */
static void check_dropped(const char *json, size_t size)
{
        size_t length;
        char *added = alert_add_dropped_before(json, size, 4711, &length);

        (void)alert_dropped_before(json, size);
        if (added && (alert_dropped_before(added, length) != 4711 || length > size + ALERT_DROPPED_BEFORE_MAX))
                abort();
        free(added);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        char *json = malloc(size + 1);
        char id[SPOOL_ID_LENGTH + 1] = "";
        struct alert_envelope envelope;

        if (!json)
                return 0;
        memcpy(json, data, size);
        json[size] = '\0';
        if (spool_id_from_name(json, id) && (strlen(id) != SPOOL_ID_LENGTH || strncmp(json, id, SPOOL_ID_LENGTH) != 0))
                abort();
        if (alert_envelope_read(json, size, &envelope) == 0 && strlen(envelope.id) > 32)
                abort();
        check_dropped(json, size);
        free(json);
        return 0;
}
