/* cli/scan/texts.h: an alert as the texts that the store keeps of it. */

#pragma once

#include "alert/alert.h"
#include "scan/store.h"

/* Writes the alert as JSON, and with_block as the text for people, and keeps these and raw in the store. *sighting has its time, and gets
 * where the texts are. Sets the time of alert->context. Returns 0 or a negative errno. */
int texts_keep(struct store *store, struct alert *alert, bool with_block, struct text raw, struct sighting *sighting)
        __attribute__((warn_unused_result));

/* Sets by what the alert's owner is known again in other lines about it (sighting->owners). */
void texts_set_owners(const struct owner *owner, struct sighting *sighting);
