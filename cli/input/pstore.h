/* cli/input/pstore.h: joins the parts of what pstore kept of the kernel log when a machine panicked.
 *
 * A dump is kept in parts of some KiB each, the newest first: "dmesg-efi-163298273401001" begins with "Panic#1 Part1" and has
 * the log's end (fs/pstore/platform.c, pstore_dump()). A report may begin in one part and end in another. systemd-pstore joins
 * them itself, and leaves dmesg.txt beside the parts. */

#pragma once

#include "input/walk.h"

/* Looks at the inputs from first on, which were found in directory (open as fd) or below it. Makes one INPUT_PSTORE of
 * the parts of each dump, or removes the parts if there is a dmesg.txt beside them. Returns 0 or -ENOMEM. */
int pstore_join(struct inputs *inputs, size_t first, const char *directory, int fd) __attribute__((warn_unused_result));
