/* lib/host/machine.h: what the watcher asks of the machine it runs on. */

#pragma once

#include "alert/alert.h"

/* Name, machine id, boot id and kernel release; what can't be read is "". */
void machine_host(struct alert_host *ret_host);

/* Size of a page and of all swap, as they are now; what can't be told is OOM_UNKNOWN. */
void machine_memory(struct oom_machine *ret_machine);

/* Gives up every capability, if not root's own choice (uid 0): /dev/kmsg is open, nothing else needs one. Returns 0 or
 * -errno. To be called before any thread is made. */
int machine_drop_capabilities(void) __attribute__((warn_unused_result));

/* Clocks in microseconds. */
int64_t machine_realtime_usec(void);
uint64_t machine_monotonic_usec(void);
uint64_t machine_boottime_usec(void); /* goes on while the machine is suspended, as the start times in /proc do */
