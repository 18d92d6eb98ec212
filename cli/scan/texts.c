#include "scan/texts.h"

#include <errno.h>

#include "alert/json.h"
#include "alert/plain.h"
#include "util/cleanup.h"

int texts_keep(struct store *store, struct alert *alert, bool with_block, struct text raw, struct sighting *sighting)
{
        struct text json = { 0 }, block = { 0 };
        struct alert_gaps gaps;
        _cleanup_(freep) char *json_text = alert_to_json_with_gaps(alert, &json.length, &gaps);
        _cleanup_(freep) char *block_text = NULL;

        if (with_block && sighting->time.usec != LOG_UNKNOWN) {
                alert->context.time_usec = sighting->time.usec;
                alert->context.time_source = ALERT_TIME_LOG;
        }
        if (with_block)
                block_text = alert_to_text(alert);
        if (!json_text || (with_block && !block_text))
                return -ENOMEM;
        json.data = json_text;
        block = text_from(block_text);
        return store_keep_texts(store, json, &gaps, block, raw, sighting);
}

/* 32-bit FNV-1a; 0 for "" alone. */
static uint32_t hash_of(const char *name)
{
        uint32_t value = 0x811c9dc5;

        if (!name[0])
                return 0;
        for (; *name; name++)
                value = (value ^ (uint8_t)*name) * 0x01000193;
        return value ? value : 1;
}

void texts_set_owners(const struct owner *owner, struct sighting *sighting)
{
        sighting->owners[SIGHTING_UNIT] = hash_of(owner->unit);
        sighting->owners[SIGHTING_USER_UNIT] = hash_of(owner->user_unit);
        sighting->owners[SIGHTING_CONTAINER] = hash_of(owner->container_id);
}
