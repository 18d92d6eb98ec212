/* daemon/common/config_reload.h: reads the configuration again, beside the loop. */

#pragma once

#include "common/config.h"
#include "common/event.h"

struct config_reload;

/* done is called from the loop: with a configuration, which it owns; or with NULL, and a message. path (as of config_load()) is kept,
 * base borrowed. timeout_ms: after that, reading is given up. Returns 0 or -ENOMEM. */
int config_reload_new(struct event_base *base, const char *path, int timeout_ms,
                      void (*done)(struct config *config, const char *error, void *userdata), void *userdata,
                      struct config_reload **ret_reload) __attribute__((warn_unused_result));

/* Begins to read; done is called once for each call, or once for several that come while it reads, which read again. It may be called
 * before this returns. */
void config_reload_start(struct config_reload *reload);

/* Without a call of done. Accepts NULL. Returns NULL. */
struct config_reload *config_reload_free(struct config_reload *reload);
