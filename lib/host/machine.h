/* lib/host/machine.h: facts of the machine the program runs on. */

#pragma once

#include <stdint.h>

#include "util/machine_identity.h"

#define MACHINE_UNKNOWN INT64_MIN

/* Host name, machine id, boot id and kernel release; what can't be read is "". */
void machine_identity(struct machine_identity *ret_identity);

/* Size of a page and of all swap, as they are now; what isn't known is MACHINE_UNKNOWN. */
void machine_memory(int64_t *ret_page_size_bytes, int64_t *ret_swap_total_bytes);
